/**
 * mocha's own `describe` and `it`, which hand over as pending what the table beside this file says
 * cannot be played under wine: under its own name, with the reason, and never as passed.
 *
 * A whole group that is listed has its hooks left out as well.
 */
const Mocha = require("mocha");
const { lacking } = require("./lacking.cjs");

/** Rows of the table that no case was found for. */
const unused = new Set(lacking);
/** Titles of the groups that are being declared, outermost first. */
const titles = [];
/** The reason of the listed group that is being declared. */
let reason = null;

const find = (title) => {
  const full = [...titles, title].join(" › ");
  const row = lacking.find(([pattern]) => pattern.test(full));
  if (row !== undefined) unused.delete(row);
  return row?.[1] ?? null;
};

module.exports = function wine(suite) {
  Mocha.interfaces.bdd(suite);
  suite.on("pre-require", (context) => {
    const { describe, it, before, after, beforeEach, afterEach } = context;
    const group = (declare) => (title, body) => {
      const outer = reason;
      reason ??= find(title);
      titles.push(title);
      const made = declare(title, body);
      titles.pop();
      reason = outer;
      return made;
    };
    const one = (declare) => (title, body) => {
      const why = reason ?? find(title);
      return why === null ? declare(title, body) : it(`${title} [not run: ${why}]`);
    };
    const hook =
      (declare) =>
      (...given) =>
        reason === null ? declare(...given) : { timeout: () => {} };
    context.describe = Object.assign(group(describe), { skip: group(describe.skip) });
    context.it = Object.assign(one(it), { skip: it.skip });
    Object.assign(context, {
      before: hook(before),
      after: hook(after),
      beforeEach: hook(beforeEach),
      afterEach: hook(afterEach),
    });
  });
};

/** The patterns that stand for nothing: a case was renamed, or need not be listed any more. */
module.exports.unused = () => [...unused].map(([pattern]) => String(pattern));
