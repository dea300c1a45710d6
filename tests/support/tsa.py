"""A real time stamp service (RFC 3161) on localhost: OpenSSL behind an HTTP server, with an authority of its own."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIG = """
[tsa]
default_tsa = it
[it]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/tsa.cert.pem
signer_key = {folder}/tsa.key.pem
certs = {folder}/tsa.cert.pem
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Service:
    """The service, and how it behaves: `up`, answering; else it says 503. `asked` counts its requests."""

    url: str
    root: Path
    up: bool = True
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    """The service, for as long as the block runs."""
    root = _certificates(folder)
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    service = Service(f"http://127.0.0.1:{server.server_port}/", root)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            with service.lock:
                service.asked += 1
                reply = _stamped(folder, query) if service.up else b""
            self.send_response(200 if reply else 503)
            self.send_header("Content-Type", "application/timestamp-reply" if reply else "text/plain")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _stamped(folder: Path, query: bytes) -> bytes:
    asked, reply = folder / "query.tsq", folder / "reply.tsr"
    asked.write_bytes(query)
    subprocess.run(
        ["openssl", "ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", asked, "-out", reply],
        check=True,
        capture_output=True,
    )
    return reply.read_bytes()


def _certificates(folder: Path) -> Path:
    """A root and below it a certificate for time stamps; returns the root's file."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, it)]) for it in ("时间戳根证书", "示例时间戳服务")]
    begin = datetime.now(UTC) - timedelta(days=1)

    def certificate(subject: x509.Name, public: rsa.RSAPublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(names[0]).public_key(public)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=3650))

    root = certificate(names[0], root_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    leaf = certificate(names[1], key.public_key()).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
    )
    pem = serialization.Encoding.PEM
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "root.pem").write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(pem))
    (folder / "tsa.cert.pem").write_bytes(leaf.sign(root_key, hashes.SHA256()).public_bytes(pem))
    (folder / "tsa.key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "root.pem"
