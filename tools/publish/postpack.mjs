/** npm runs this in a package's folder after it has packed it: see swap.mjs. */
import { close } from "./swap.mjs";

close(process.cwd());
