/** What the sending servers send, in any language: byte i of a message is i modulo 251. */

/** @param {number} bytes */
export function message(bytes) {
  return Uint8Array.from({ length: bytes }, (_, index) => index % 251);
}
