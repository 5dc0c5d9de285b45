/**
 * A filter over sanitizer reports hides faults when it is wrong: samples of each kind, both ways.
 */
import { expect } from "chai";
import { isOurs, reportsIn } from "../suites/sanitizers.mjs";

const leak = (frame) =>
  `Direct leak of 768 byte(s) in 4 object(s) allocated from:\n    #0 ${frame}`;
const race = (first, second, location = "") =>
  `WARNING: ThreadSanitizer: data race (pid=1)\n  Read of size 8 by thread T13:\n    #0 ${first}\n\n` +
  `  Previous write of size 8 by thread T12:\n    #0 ${second}\n\n${location}`;
const descriptor = "  Location is file descriptor 38 created by thread T12 at:\n    #0 open64\n";
const pike = "pike::Epoll::open() ../src/epoll.cc:51 (pike.node+0x2a958)";
const node = "uv__fs_open (node+0x18b03cb)";

describe("sanitizers: which reports count", () => {
  it("splits a log into its reports", () => {
    const bar = "=================";
    const races = `${bar}\n${race(pike, node)}\n${bar}\n${bar}\n${race(node, node)}\n${bar}\n`;
    expect(reportsIn(races)).to.have.length(2);
    const leaks = `${bar}\n==1==ERROR: LeakSanitizer: detected memory leaks\n\n${leak(pike)}\n\n${leak(node)}\n\n`;
    expect(reportsIn(leaks).filter((text) => /^Direct/.test(text))).to.have.length(2);
    expect(reportsIn("a.cc:1:2: runtime error: signed integer overflow")).to.have.length(1);
    expect(reportsIn("==1==ERROR: AddressSanitizer: heap-use-after-free\n #0 x")).to.have.length(1);
  });

  it("counts every memory error, leaks and races where pike is in the stacks", () => {
    expect(
      isOurs("==1==ERROR: AddressSanitizer: heap-use-after-free\n #0 v8::x (node+1)", true),
    ).to.equal(true);
    expect(isOurs("a.cc:1: runtime error: overflow\n #0 (pike.node+1)", false)).to.equal(true);
    expect(isOurs(leak(pike), true)).to.equal(true);
    expect(isOurs(race(pike, node), true)).to.equal(true);
    expect(isOurs(race(pike, pike, descriptor), true)).to.equal(true);
  });

  it("leaves out Node's own, and a descriptor's number used again", () => {
    expect(isOurs(leak(node), true)).to.equal(false);
    const heap = leak(`new\n    #1 v8::internal::Page::x (node+1)\n    #2 ${pike}`);
    expect(isOurs(heap, true)).to.equal(false);
    expect(isOurs(race(node, node), true)).to.equal(false);
    const inNode =
      "#1 node::worker::MessagePort::PostMessage (/a/node+0xd0f69b)\n    #2 (pike.node+1)";
    expect(isOurs(race(`free (libtsan.so+1)\n    ${inNode}`, node), true)).to.equal(false);
    expect(isOurs(race(pike, node, descriptor), true)).to.equal(false);
    expect(isOurs("==1==ERROR: AddressSanitizer: x\n #0 main (bash+1)", false)).to.equal(false);
  });
});
