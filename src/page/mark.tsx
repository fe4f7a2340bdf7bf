/** The mark: three legs under a ring. Drawn for 16 px and up, in the colour of the text around it. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2 4.75a6 3.25 0 1 0 12 0a6 3.25 0 1 0-12 0M8 8v6.5M8 8l-5 5.25M8 8l5 5.25" />
    </svg>
  );
}
