"""Letters: what is on them, how they are made, how they are checked. Pure of database, web and clock.

    context.LetterContext                             what a letter says
    lint.lint(context, capsule)                       every reason why it may not be numbered
    numbering.format_number, numbering.check_code     发文字号 and 核验码
    render.render(context, capsule_bytes, template=)  unsigned PDF/A-3, same input, same bytes
    sign.Signer.load(dir), sign.certify(pdf, signer)  signed, in one revision
    store.Store(dir).put(pdf)                         kept by content hash
    verify.verify_letter(pdf, roots=…)                is it genuine? the answer is verification.Verification
    proof.make_proof, proof.read_proof                what the issue log says, beside the file
    devca.ensure_dev_ca(dir)                          a certificate for demonstrations

Import the module you need: checking a letter must not load what prints one. See docs/letters.md.
"""
