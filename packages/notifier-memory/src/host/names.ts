/**
 * The Unix socket names of one host: paths, and Linux's abstract names. See unix(7).
 *
 * There is no file system: a path is a key, its directory always exists, and it is gone when its
 * socket is closed.
 */
import type { AbstractAddress, UnixAddress } from "@pike-io/notifier";

/** An address of a Unix socket. */
export type UnixName = UnixAddress | AbstractAddress;

/** What the table asks of a socket. */
export interface NameOwner {
  readonly listening: boolean;
}

/** Names and their sockets. */
export class NameTable<Owner extends NameOwner> {
  readonly #owners = new Map<string, Owner>();
  #nextAutomatic = 0;

  /**
   * Takes a name; false when it is taken. `replace`: a path that nobody listens on is taken over.
   */
  claim(owner: Owner, name: UnixName, replace: boolean): boolean {
    const key = keyOf(name);
    const present = this.#owners.get(key);
    if (present !== undefined) {
      const stale = !("abstract" in name) && !present.listening;
      if (!(stale && replace)) return false;
    }
    this.#owners.set(key, owner);
    return true;
  }

  /** Takes a free abstract name of five hexadecimal digits, as binding to no name does. */
  claimAutomatic(owner: Owner): AbstractAddress {
    for (;;) {
      const abstract = (this.#nextAutomatic++ & 0xf_ffff).toString(16).padStart(5, "0");
      const name: AbstractAddress = { family: "unix", abstract };
      if (this.claim(owner, name, false)) return name;
    }
  }

  find(name: UnixName): Owner | undefined {
    return this.#owners.get(keyOf(name));
  }

  /** Gives a name back, unless another socket has taken it over. */
  release(owner: Owner, name: UnixName): void {
    if (this.find(name) === owner) this.#owners.delete(keyOf(name));
  }
}

function keyOf(name: UnixName): string {
  return "abstract" in name ? `\0${name.abstract}` : name.path;
}
