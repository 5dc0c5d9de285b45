/** Batches and the dispatch hook: every task once, whatever the hook does. */
import { execFileSync } from "node:child_process";
import { Batch, Operation, type Request, type Task } from "@pike-io/notifier";
import { expect } from "chai";

function request(complete: (result: number) => void): Request {
  return {
    operation: Operation.timer,
    handle: -1,
    buffer: null,
    size: 0,
    flags: 0,
    timeoutMs: 0,
    address: null,
    chunk: null,
    accepted: -1,
    transferred: 0,
    truncated: false,
    signal: null,
    token: -1,
    complete,
  };
}

describe("a batch of completions", () => {
  it("is delivered at once and in order without a hook", () => {
    const batch = new Batch(null);
    const results: number[] = [];
    for (const result of [3, 1, 2])
      batch.add(
        request((n) => results.push(n)),
        result,
      );
    expect(results).to.deep.equal([3, 1, 2]);
    batch.flush();
    expect(batch.close()).to.equal(0);
  });

  it("goes to the hook in completion order, and an empty one does not", () => {
    const seen: number[] = [];
    const results: number[] = [];
    const batch = new Batch((tasks) => {
      seen.push(tasks.length);
      for (const task of tasks) task.run();
    });
    batch.flush();
    for (const result of [3, 1, 2])
      batch.add(
        request((n) => results.push(n)),
        result,
      );
    expect(results).to.deep.equal([]);
    batch.flush();
    batch.flush();
    expect(seen).to.deep.equal([3]);
    expect(results).to.deep.equal([3, 1, 2]);
  });

  it("runs a task once, later and in any order, and counts those never run", () => {
    const kept: Task[] = [];
    const results: number[] = [];
    const batch = new Batch((tasks) => void kept.push(...tasks));
    for (const result of [1, 2, 3, 4])
      batch.add(
        request((n) => results.push(n)),
        result,
      );
    batch.flush();
    kept[2]?.run();
    kept[0]?.run();
    kept[2]?.run();
    expect(results).to.deep.equal([3, 1]);
    expect(batch.close()).to.equal(2);
    expect(batch.close()).to.equal(0);
    for (const task of kept) task.run();
    expect(results).to.deep.equal([3, 1]);
  });

  it("takes completions that come while it is handed out into the next batch", () => {
    const sizes: number[] = [];
    const batch: Batch = new Batch((tasks) => {
      sizes.push(tasks.length);
      for (const task of tasks) task.run();
    });
    batch.add(
      request(() =>
        batch.add(
          request(() => {}),
          2,
        ),
      ),
      1,
    );
    batch.flush();
    batch.flush();
    expect(sizes).to.deep.equal([1, 1]);
  });

  it("makes an uncaught exception of what the hook or a request throws, and runs the rest", () => {
    const script = `
      import { Batch } from "@pike-io/notifier";
      const seen = [];
      process.on("uncaughtException", (error) => seen.push(error.message));
      const request = (complete) => ({ complete });
      const hooked = new Batch((tasks) => {
        tasks[0].run();
        throw new Error("hook");
      });
      for (const n of [1, 2, 3]) hooked.add(request((result) => seen.push(result)), n);
      hooked.flush();
      const plain = new Batch(null);
      plain.add(request(() => { throw new Error("request"); }), 0);
      plain.add(request((result) => seen.push(result)), 9);
      setTimeout(() => console.log(JSON.stringify(seen)), 0);`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(JSON.parse(output)).to.deep.equal([1, 2, 3, 9, "hook", "request"]);
  });
});
