// The verification page: a dropped letter is sent at once; a QR code is read by the camera where the browser can.
const drop = document.querySelector("[data-drop]");
const form = drop?.closest("form");

// The file input's change reaches us only when dropzone.js has accepted the file.
drop?.addEventListener("change", (event) => {
  if (event.target.type === "file" && event.target.files.length && form && !drop.hasAttribute("hx-post")) form.requestSubmit();
});

async function start() {
  const box = document.querySelector("[data-scan]");
  if (!box || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return;
  box.hidden = false;
  const video = box.querySelector("[data-scan-video]");
  const note = box.querySelector("[data-scan-note]");
  const say = (text) => { note.textContent = text; note.hidden = !text; };
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let stream = null;

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  };

  async function look() {
    if (!stream) return;
    const codes = await detector.detect(video).catch(() => []);
    const here = codes.map((code) => address(code.rawValue)).find(Boolean);
    if (here) { stop(); location.assign(here); return; }
    if (codes.length) say(note.dataset.foreign);
    setTimeout(look, 250);
  }

  box.querySelector("[data-scan-start]").addEventListener("click", async () => {
    if (stream) return stop();
    say("");
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return say(note.dataset.denied);
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    look();
  });
  window.addEventListener("pagehide", stop);
}

// Only addresses of this site are followed: a code may say anything.
function address(text) {
  try {
    const url = new URL(text);
    return url.origin === location.origin ? url.href : null;
  } catch {
    return null;
  }
}

start();
