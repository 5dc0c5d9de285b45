/** The backend of this system that tells of readiness, whatever its best one is. */
import { openNotifier } from "@pike-io/notifier-native";

const notifier = openNotifier({ drive: "manual" });

/** "kqueue" or "epoll". */
export const reactorName: string = notifier.backend === "kqueue" ? "kqueue" : "epoll";

await notifier.close();
