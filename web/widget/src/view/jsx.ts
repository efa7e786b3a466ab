// Decides what an element of the panel's markup becomes: what Preact's own maker makes of it. Its module for
// compilers brings a second maker and one of HTML texts, which nobody here needs.

import { createElement, Fragment } from "preact";

export function jsx(type: string, props: object, key?: string) {
  return createElement(type, key === undefined ? props : { ...props, key });
}
export { Fragment, jsx as jsxs };
