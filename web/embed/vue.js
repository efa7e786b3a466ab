// Decides how a Vue page has the widget: while the component is mounted. Knows nothing of how it is fetched.

import { defineComponent, onMounted, onUnmounted, onUpdated } from "vue";
import { keep } from "./index.js";

/** In a template attributes have hyphens. */
const named = (attrs) =>
  Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => [
      name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  );

export const FrontdeskWidget = defineComponent({
  name: "FrontdeskWidget",
  // Settings are many and grow with the widget: whatever is given is passed on.
  inheritAttrs: false,
  setup(_, { attrs }) {
    let kept;
    onMounted(() => {
      kept = keep(named(attrs));
    });
    onUpdated(() => kept.update(named(attrs)));
    onUnmounted(() => kept.stop());
    return () => null;
  },
});
