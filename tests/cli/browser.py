"""A headless browser for the tests of the HTML page: Chromium, driven by the DevTools protocol over a pair of pipes."""

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")


def find_browser():
    """The path of a browser, or None."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class Browser:
    """One page in one browser. `problems` collects errors of the console, exceptions and requests that failed."""

    def __init__(self, path, width=1400, height=900, scheme="light", timeout=60):
        self.timeout = timeout
        self.folder = tempfile.mkdtemp(prefix="replearn-browser-")
        ends = [*os.pipe(), *os.pipe()]
        # The browser expects its ends as 3 and 4, which must not be among the numbers that the shell copies them from.
        to_browser, self.output, self.input, from_browser = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in ends]
        for end in ends:
            os.close(end)
        command = ["/bin/bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh", path]
        if "headless-shell" not in path:
            command.append("--headless=new")
        # Without a graphics card, WebGL runs in software. As root, Chromium cannot have its sandbox.
        command += ["--remote-debugging-pipe", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-sandbox",
                    "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
                    f"--window-size={width},{height}", f"--user-data-dir={self.folder}", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, HOME=self.folder))
        os.close(to_browser)
        os.close(from_browser)
        self.numbers, self.buffer, self.session, self.problems, self.events = itertools.count(1), b"", None, [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page", "Network"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.output)
        os.close(self.input)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _message(self, deadline):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.input], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.input, 1 << 20)
            if not part:
                raise EOFError("the browser has ended")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def _note(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.problems.append(" ".join(str(each.get("value", each.get("description"))) for each in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(params["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.problems.append("a dialog: " + params["message"])
        elif method == "Network.requestWillBeSent" and not params["request"]["url"].startswith(("file:", "data:", "blob:", "about:")):
            self.problems.append("a request to " + params["request"]["url"])
        self.events.append(method)

    def call(self, method, **params):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + self.timeout
        while True:
            answer = self._message(deadline)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def open(self, path):
        """Opens a page written by replearn and waits for its first picture. Returns the seconds that took."""
        begin = time.monotonic()
        self.events.clear()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while "Page.loadEventFired" not in self.events:
            self._note(self._message(begin + self.timeout))
        self.js("replearn.ready.then(() => true)")
        self.frames()
        return time.monotonic() - begin

    def js(self, expression):
        """The value of a JavaScript expression; of a promise, what it resolves to."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", str(result)))
        return result["result"].get("value")

    def frames(self):
        """Waits until the page has been drawn and shown."""
        self.js("replearn.drawn().then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))")

    def screenshot(self, file=None):
        self.frames()
        png = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        if file:
            with open(file, "wb") as out:
                out.write(png)
        return png

    def pixels(self):
        """The screenshot as bytes of red, green, blue and opacity, row by row; decoded by the browser itself."""
        png = base64.b64encode(self.screenshot()).decode()
        url = self.js("""(async () => {
            const image = await createImageBitmap(new Blob([Uint8Array.from(atob('%s'), each => each.charCodeAt(0))]));
            const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const reader = new FileReader();
            reader.readAsDataURL(new Blob([context.getImageData(0, 0, image.width, image.height).data]));
            await new Promise(done => reader.onload = done);
            return reader.result;
        })()""" % png)
        return base64.b64decode(url.split(",", 1)[1])

    def mouse(self, kind, x, y, modifiers=0, **more):
        """kind: mouseMoved, mousePressed, mouseReleased, mouseWheel. modifiers: 1 Alt, 2 Ctrl, 8 Shift."""
        if kind in ("mousePressed", "mouseReleased"):
            more = dict(button="left", clickCount=1, **more)
        elif kind == "mouseMoved" and more.pop("held", False):
            more = dict(button="left", buttons=1, **more)
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, modifiers=modifiers, **more)

    def drag(self, path, modifiers=0):
        self.mouse("mouseMoved", *path[0])
        self.mouse("mousePressed", *path[0], modifiers)
        for place in path[1:]:
            self.mouse("mouseMoved", *place, modifiers, held=True)
        self.mouse("mouseReleased", *path[-1], modifiers)
        self.frames()

    def press(self, key, text=None):
        extra = {"text": text or key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **extra)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        self.frames()

    def write(self, text):
        self.call("Input.insertText", text=text)
        self.frames()
