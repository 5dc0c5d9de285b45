/** Hazard: an option reads back as something other than was set. */
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";

describe("options", () => {
  for (const family of ["ipv4", "ipv6"] as const) {
    it(`${family}: the multicast interface is told as the number that was set`, async () => {
      const notifier = openNotifier({ drive: "manual" });
      const socket = notifier.openSocket({ family, type: "datagram" });
      expect(notifier.getOption(socket, "multicastInterface")).to.equal(0);
      notifier.setOption(socket, "multicastInterface", 1); // the loopback interface
      expect(notifier.getOption(socket, "multicastInterface")).to.equal(1);
      const missing = (): void => notifier.setOption(socket, "multicastInterface", 987_654);
      expect(missing).to.throw().with.property("code");
      expect(notifier.getOption(socket, "multicastInterface")).to.equal(1);
      notifier.setOption(socket, "multicastInterface", 0);
      expect(notifier.getOption(socket, "multicastInterface")).to.equal(0);
      await notifier.close();
    });
  }
});
