// The print buttons; what is printed is decided by the style sheet.
export function startPrinting(): void {
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-print]")) print();
  });
}
