// A wall that cannot show every tile at once shows them in turn. Space pauses, 1..9 keeps one page.
const MS = 1000;

/** Tiles by page: a tile that does not fit any more begins the next one. */
export function pagesOf(sizes: readonly number[], perPage: number): number[][] {
  const pages: number[][] = [];
  let room = 0;
  sizes.forEach((size, index) => {
    if (size > room) {
      pages.push([]);
      room = perPage;
    }
    pages[pages.length - 1]?.push(index);
    room -= size;
  });
  return pages;
}

export function startPlaylist(): void {
  const grid = document.querySelector<HTMLElement>("[data-playlist]");
  if (!grid) return;
  const tiles = [...grid.querySelectorAll<HTMLElement>("[data-tile]")];
  const perPage = Number(grid.dataset["perPage"]);
  const pages = pagesOf(tiles.map((tile) => Number(tile.dataset["tile"])), perPage);
  if (pages.length < 2) return;
  let shown = 0;
  let paused = false;
  const show = (page: number) => {
    shown = page;
    tiles.forEach((tile, index) => (tile.hidden = !pages[page]?.includes(index)));
  };
  show(0);
  setInterval(() => {
    if (!paused) show((shown + 1) % pages.length);
  }, Number(grid.dataset["dwellSeconds"]) * MS);
  addEventListener("keydown", (event) => {
    const page = Number(event.key) - 1;
    if (event.key === " ") paused = !paused;
    else if (Number.isInteger(page) && pages[page]) {
      paused = true;
      show(page);
    } else return;
    event.preventDefault();
  });
}
