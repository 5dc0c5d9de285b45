/** Cases for socket options: each can be set where the table says so, and reads as it was set. */
import assert from "node:assert/strict";
import { type OptionName, optionTable, type SocketOptions } from "@pike-io/notifier";
import { thrownBy } from "./contract.js";
import type { Suite } from "./runner.js";
import type { Stage } from "./stage.js";

/** Options that read back exactly what was set, on which socket, with values to try. */
const exact: {
  readonly [Name in OptionName]?: readonly [socket: keyof typeof sockets, ...SocketOptions[Name][]];
} = {
  reuseAddress: ["tcp", true, false],
  reusePort: ["tcp", true, false],
  keepAlive: ["tcp", true, false],
  dontRoute: ["tcp", true, false],
  broadcast: ["udp", true, false],
  linger: ["tcp", 5, 0, null],
  oobInline: ["tcp", true, false],
  receiveLowWater: ["tcp", 2, 1],
  sendTimeout: ["tcp", 1_500, 0],
  receiveTimeout: ["tcp", 2_500, 0],
  noDelay: ["tcp", false, true],
  keepIdle: ["tcp", 10, 7_200],
  keepInterval: ["tcp", 3, 75],
  keepCount: ["tcp", 4, 9],
  ipv6Only: ["udp6", true, false],
  ttl: ["udp", 1, 64, 255],
  tos: ["udp", 16, 0],
  hopLimit: ["udp6", 1, 64],
  trafficClass: ["udp6", 32, 0],
  multicastTtl: ["udp", 1, 4],
  multicastLoop: ["udp", false, true],
};

const sockets = {
  tcp: (stage: Stage) => stage.socket("ipv4", "stream", stage.near),
  udp: (stage: Stage) => stage.socket("ipv4", "datagram", stage.near),
  udp6: (stage: Stage) => stage.socket("ipv6", "datagram", stage.near),
};

/** Getting and setting. */
export function optionCases(suite: Suite): void {
  suite.group("socket options", ["openSocket", "getOption", "setOption", "ipv4"], (test) => {
    for (const [name, row] of Object.entries(exact)) {
      const [socket, ...values] = row as unknown as [keyof typeof sockets, ...unknown[]];
      const more = socket === "udp6" ? ["ipv6"] : [];
      test(
        `${name} reads as it was set`,
        async (stage) => {
          const handle = sockets[socket](stage);
          for (const value of values) {
            stage.near.setOption(handle, name as OptionName, value as never);
            assert.deepEqual(stage.near.getOption(handle, name as OptionName), value);
          }
        },
        more,
      );
    }

    test("sendBuffer and receiveBuffer are at least what was set", async (stage) => {
      const handle = sockets.tcp(stage);
      for (const name of ["sendBuffer", "receiveBuffer"] as const) {
        stage.near.setOption(handle, name, 32_768);
        assert.ok(stage.near.getOption(handle, name) >= 32_768, name);
      }
    });

    test(
      "noDelay is on from the start, also of what a listener accepts",
      async (stage) => {
        assert.equal(stage.near.getOption(sockets.tcp(stage), "noDelay"), true);
        const { server, client } = await stage.pair();
        assert.equal(stage.near.getOption(server, "noDelay"), true);
        assert.equal(stage.far.getOption(client, "noDelay"), true);
      },
      ["listen", "accept", "connect"],
    );

    test(
      "listening, type and error tell what is",
      async (stage) => {
        const { near } = stage;
        const { listener } = stage.listen();
        const other = sockets.tcp(stage);
        assert.equal(near.getOption(listener, "listening"), true);
        assert.equal(near.getOption(other, "listening"), false);
        assert.equal(near.getOption(other, "type"), "stream");
        assert.equal(near.getOption(sockets.udp(stage), "type"), "datagram");
        assert.equal(near.getOption(other, "error"), null);
      },
      ["listen"],
    );

    test("sendLowWater is at least a byte", async (stage) => {
      assert.ok(stage.near.getOption(sockets.tcp(stage), "sendLowWater") >= 1);
    });

    test("every row of the table is answered with a value or an error of pike's", async (stage) => {
      const handles = [sockets.tcp(stage), sockets.udp(stage)];
      for (const handle of handles) {
        for (const [name, { access }] of Object.entries(optionTable)) {
          if (access === "set") continue;
          let value: unknown;
          try {
            value = stage.near.getOption(handle, name as OptionName);
          } catch (error) {
            const { code } = error as { code?: string };
            assert.match(
              code ?? String(error),
              /^(ENOPROTOOPT|EOPNOTSUPP|PIKE_UNSUPPORTED)$/,
              name,
            );
            continue;
          }
          assert.notEqual(value, undefined, name);
        }
      }
    });

    test("of an unknown name are refused", async (stage) => {
      const handle = sockets.tcp(stage);
      const name = "notAnOption" as OptionName;
      const codes = ["PIKE_UNSUPPORTED", "PIKE_TYPE", "PIKE_RANGE", "ENOPROTOOPT"];
      assert.ok(codes.includes(thrownBy(() => stage.near.getOption(handle, name)).code));
      assert.ok(codes.includes(thrownBy(() => stage.near.setOption(handle, name, 1)).code));
    });
  });
}
