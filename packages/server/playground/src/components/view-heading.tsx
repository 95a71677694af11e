import type { ComponentChildren } from 'preact';

/** A view's one h1, which takes the focus on navigation, with a line that says what the view is for. */
export function ViewHeading({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <header class="view-heading">
      <h1 tabIndex={-1}>{title}</h1>
      <p>{children}</p>
    </header>
  );
}
