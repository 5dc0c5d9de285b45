/**
 * Hazards on Windows: options of the wrong size or with another meaning, and options that are not
 * there passed over in silence (lesson 15).
 */
import type { OptionName } from "@pike-io/notifier";
import { type NativeNotifier, openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { onlyOnWindows } from "./windows.js";

describe("socket options on Windows", () => {
  let notifier: NativeNotifier;
  beforeEach(() => {
    notifier = openNotifier({ drive: "manual" });
  });
  afterEach(() => notifier.close());

  const open = (type: "stream" | "datagram" = "stream"): number =>
    notifier.openSocket({ family: "ipv4", type });

  onlyOnWindows("those that it lacks are PIKE_UNSUPPORTED, with row, platform and reason", () => {
    const socket = open();
    const lacking: OptionName[] = ["reusePort", "sendLowWater", "receiveLowWater"];
    for (const name of lacking) {
      const message = new RegExp(`${name} \\(S4\\).* win32: Windows `);
      expect(() => notifier.getOption(socket, name))
        .to.throw(message)
        .with.property("code", "PIKE_UNSUPPORTED");
      expect(() => notifier.setOption(socket, name, 1 as never)).to.throw(message);
    }
    const unix = (): unknown => notifier.openSocket({ family: "unix", type: "stream" });
    expect(unix)
      .to.throw(/unix \(S3\)/)
      .with.property("code", "PIKE_UNSUPPORTED");
  });

  onlyOnWindows("booleans are as wide as the system's, on each level", () => {
    // A value of a wrong size is refused, or read as something else than was set.
    const [stream, datagram] = [open(), open("datagram")];
    const booleans: [number, OptionName][] = [
      [stream, "keepAlive"],
      [stream, "noDelay"],
      [stream, "oobInline"],
      [datagram, "broadcast"],
      [datagram, "multicastLoop"],
    ];
    for (const [socket, name] of booleans) {
      for (const value of [true, false, true]) {
        notifier.setOption(socket, name, value as never);
        expect(notifier.getOption(socket, name)).to.equal(value);
      }
    }
    // SO_KEEPALIVE, as the system lays it out: it fills one byte of a BOOL at least.
    expect(notifier.getRawOption(stream, 0xffff, 0x0008, 4)[0]).to.equal(1);
  });

  onlyOnWindows("lingering is two short numbers, times are milliseconds", () => {
    const socket = open();
    notifier.setOption(socket, "linger", 5);
    const linger = notifier.getRawOption(socket, 0xffff, 0x0080, 4);
    expect([...linger]).to.deep.equal([1, 0, 5, 0]);
    notifier.setOption(socket, "receiveTimeout", 1_500);
    const time = notifier.getRawOption(socket, 0xffff, 0x1006, 4);
    expect(new DataView(time.buffer).getUint32(0, true)).to.equal(1_500);
  });

  onlyOnWindows("reuseAddress never lets two listeners share an address", () => {
    const [first, second] = [open(), open()];
    for (const socket of [first, second]) notifier.setOption(socket, "reuseAddress", true);
    notifier.bind(first, { family: "ipv4", address: "127.0.0.1", port: 0 });
    notifier.listen(first, 8);
    const again = (): void => notifier.bind(second, notifier.localAddress(first));
    expect(again).to.throw().with.property("code", "EADDRINUSE");
    const exclusive = notifier.getRawOption(first, 0xffff, ~0x0004, 4); // SO_EXCLUSIVEADDRUSE
    expect(exclusive[0]).to.equal(1);
    expect(notifier.getOption(first, "reuseAddress")).to.equal(true);
  });

  onlyOnWindows("raw options that carry handles are refused", () => {
    const socket = open();
    const accept = (): void => notifier.setRawOption(socket, 0xffff, 0x700b, new Uint8Array(8));
    expect(accept).to.throw().with.property("code", "PIKE_UNSUPPORTED");
  });
});
