/** Hazard: a binary is loaded that was made for something else, or by none that was meant. */
import { binaryPath, openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { runningLibc } from "../../../packages/notifier-native/dist/libc.js";

const { PIKE_PLACE: place, PIKE_NATIVE_PATH: given } = process.env;

describe(`a binary for ${place}`, () => {
  it("is the one that is loaded", () => {
    expect(binaryPath()).to.equal(given);
  });

  it("runs in a process of that kind, which the loader would have told by itself", () => {
    expect(process.arch).to.equal(place === "arm64" ? "arm64" : "x64");
    expect(runningLibc()).to.equal(place === "musl" ? "musl" : "glibc");
  });

  it("opens a notifier, and says why this backend", async () => {
    const notifier = openNotifier();
    console.log(`      ${notifier.backend}: ${notifier.reason}`);
    expect(notifier.reason).to.include(notifier.backend);
    await notifier.close();
  });

  // Elsewhere the kernel is the one that all other suites run on.
  if (place !== "arm64") return;

  it("falls back where io_uring is refused, and never when it is named", async () => {
    const notifier = openNotifier();
    expect(notifier.backend).to.equal("epoll");
    await notifier.close();
    expect(() => openNotifier({ backend: "io_uring" }))
      .to.throw()
      .with.property("code", "PIKE_UNSUPPORTED");
  });
});
