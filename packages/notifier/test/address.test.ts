/** Addresses as text: what is taken, what is refused, and that nothing is cut short. */
import {
  formatAddress,
  formatIpv6,
  parseIpv4,
  parseIpv6,
  UNIX_NAME_BYTES_MAX,
  validateAddress,
} from "@pike-io/notifier";
import { expect } from "chai";
import fc from "fast-check";

const TYPE = { name: "TypeError", code: "PIKE_TYPE" };
const RANGE = { name: "RangeError", code: "PIKE_RANGE" };

function refusal(value: unknown): unknown {
  try {
    return { accepted: validateAddress(value) };
  } catch (error) {
    const { name, code } = error as { name: string; code: string };
    return { name, code };
  }
}

describe("addresses as text", () => {
  it("IPv4: strict dotted quads only, so that 010.0.0.1 is no other host", () => {
    expect([...(parseIpv4("192.0.2.255") ?? [])]).to.deep.equal([192, 0, 2, 255]);
    for (const text of ["", "1.2.3", "1.2.3.4.5", "010.0.0.1", "256.0.0.1", "1.2.3.4 ", "0x7f.1"]) {
      expect(parseIpv4(text), text).to.equal(null);
    }
  });

  it("IPv6: every form of RFC 4291, and none that only looks like one", () => {
    const forms: readonly (readonly [string, string])[] = [
      ["::", "::"],
      ["::1", "::1"],
      ["1::", "1::"],
      ["2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"],
      ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
      ["::ffff:c000:201", "::ffff:192.0.2.1"],
      ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
      ["1:0:3:0:0:6:0:8", "1:0:3::6:0:8"],
      ["1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"],
      ["0:0:1::", "0:0:1::"],
    ];
    for (const [given, canonical] of forms) {
      const bytes = parseIpv6(given);
      expect(bytes, given).to.not.equal(null);
      expect(formatIpv6(bytes as Uint8Array)).to.equal(canonical);
    }
    const wrong = [
      ...["", ":", ":::", "1", "1:2", "1:2:3:4:5:6:7:8:9", "::1::", "12345::", "g::"],
      ...["1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4::", "1.2.3.4", ":1:2:3:4:5:6:7:8", "::1%1"],
    ];
    for (const text of wrong) expect(parseIpv6(text), text).to.equal(null);
  });

  it("IPv6: all sixteen bytes survive being written and read, whatever they are", () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    // Zeros are what the short form is about, so they come often.
    const sparse = fc
      .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 })), {
        minLength: 16,
        maxLength: 16,
      })
      .map((values) => Uint8Array.from(values));
    fc.assert(
      fc.property(fc.oneof(bytes, sparse), (given) => {
        const text = formatIpv6(given);
        expect([...(parseIpv6(text) as Uint8Array)]).to.deep.equal([...given]);
        expect(formatIpv6(parseIpv6(text) as Uint8Array)).to.equal(text);
      }),
    );
  });

  it("no text at all makes the readers throw", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.%]{0,45}$/));
    fc.assert(
      fc.property(text, (given) => {
        const [ipv4, ipv6] = [parseIpv4(given), parseIpv6(given)];
        expect(ipv4 === null || ipv4.length === 4).to.equal(true);
        expect(ipv6 === null || ipv6.length === 16).to.equal(true);
      }),
    );
  });
});

describe("addresses as objects", () => {
  it("come out in canonical form, with scope and flow label", () => {
    expect(validateAddress({ address: "127.0.0.1", port: 80 })).to.deep.equal({
      family: "ipv4",
      address: "127.0.0.1",
      port: 80,
    });
    expect(validateAddress({ address: "FE80:0::1%3", port: 1, flowLabel: 0xf_ffff })).to.deep.equal(
      {
        family: "ipv6",
        address: "fe80::1",
        port: 1,
        scope: 3,
        flowLabel: 0xf_ffff,
      },
    );
    expect(validateAddress({ path: "/run/a.sock", port: 1 })).to.deep.equal({
      family: "unix",
      path: "/run/a.sock",
    });
    expect(validateAddress({ abstract: "a" })).to.deep.equal({ family: "unix", abstract: "a" });
  });

  it("are copies: a later change of the caller's object changes nothing", () => {
    const given = { address: "127.0.0.1", port: 80 };
    const found = validateAddress(given);
    given.port = 81;
    expect(found).to.have.property("port", 80);
  });

  it("of a wrong type are refused with PIKE_TYPE", () => {
    const wrong = [
      ...[undefined, null, 1, "127.0.0.1:80", Symbol("a"), () => {}, {}, [], { port: 1 }],
      ...[{ address: 1, port: 1 }, { address: "127.0.0.1" }, { address: "127.0.0.1", port: "80" }],
      ...[{ path: 1 }, { path: null }, { abstract: 1 }, { address: "::1", port: 1, scope: "1" }],
      ...[{ address: "::1", port: 1, flowLabel: 1n }],
    ];
    for (const value of wrong) expect(refusal(value), String(value)).to.deep.equal(TYPE);
  });

  it("out of range are refused with PIKE_RANGE", () => {
    const wrong = [
      ...[-1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((port) => ({
        address: "127.0.0.1",
        port,
      })),
      ...["", "localhost", "1.2.3", "::g", "::1%eth0", "::1%", "::1%-1"].map((address) => ({
        address,
        port: 1,
      })),
      { address: "::1", port: 1, scope: 2 ** 32 },
      { address: "::1", port: 1, flowLabel: 2 ** 20 },
      { address: "::1", port: 1, family: "ipv4" },
      { address: "127.0.0.1", port: 1, family: "ipv6" },
      { path: "a\0b" },
      { abstract: "" },
    ];
    for (const value of wrong) expect(refusal(value), JSON.stringify(value)).to.deep.equal(RANGE);
  });

  it(`of Unix names: ${UNIX_NAME_BYTES_MAX} bytes of UTF-8 fit, one more does not`, () => {
    const fits = `${"ü".repeat(53)}a`;
    expect(new TextEncoder().encode(fits)).to.have.length(UNIX_NAME_BYTES_MAX);
    for (const key of ["path", "abstract"]) {
      expect(refusal({ [key]: fits })).to.deep.equal({
        accepted: { family: "unix", [key]: fits },
      });
      expect(refusal({ [key]: `${fits}a` })).to.deep.equal(RANGE);
    }
  });

  it("in one line, as messages show them", () => {
    const lines = [
      [{ address: "127.0.0.1", port: 1 }, "127.0.0.1:1"],
      [{ address: "::1", port: 1 }, "[::1]:1"],
      [{ address: "fe80::1", port: 1, scope: 2 }, "[fe80::1%2]:1"],
      [{ path: "/a" }, "/a"],
      [{ path: "" }, "(unnamed)"],
      [{ abstract: "a" }, "@a"],
    ] as const;
    for (const [address, line] of lines) {
      expect(formatAddress(validateAddress(address))).to.equal(line);
    }
  });
});
