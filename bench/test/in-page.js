/**
 * Runs inside the page, not in Node: what is drawn, and which text is outside of its picture or
 * cell.
 */
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = (element) => element.getBoundingClientRect();
  const bars = all("rect.bar");
  const cut = all("svg text").filter((text) => {
    const picture = box(text.closest("svg"));
    const own = box(text);
    return (
      own.left < picture.left - 1 ||
      own.right > picture.right + 1 ||
      own.bottom > picture.bottom + 2
    );
  });
  const cells = all("td, th, .tile b").filter((cell) => cell.scrollWidth > cell.clientWidth + 1);
  const overlapping = all("svg g").filter((row) => {
    const texts = all("text", row).map(box);
    const rect = all("rect", row).map(box)[0];
    const [name, value] = texts;
    if (name === undefined || value === undefined || rect === undefined) return true;
    return name.right > rect.left || value.left < rect.right;
  });
  return {
    bars: bars.length,
    flatBars: bars.filter((bar) => box(bar).width <= 0 || box(bar).height <= 0).length,
    colours: new Set(bars.map((bar) => getComputedStyle(bar).fill)).size,
    dots: all("circle.dot").length,
    cut: [...cut, ...cells].map((element) => element.textContent),
    overlapping: overlapping.map((row) => row.textContent),
    sideways: Math.max(0, document.documentElement.scrollWidth - innerWidth),
  };
})();
