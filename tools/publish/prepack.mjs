/** npm runs this in a package's folder before it packs it: see swap.mjs. */
import { fail } from "../stages/run.mjs";
import { open } from "./swap.mjs";

await open(process.cwd()).catch(fail);
