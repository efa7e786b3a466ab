// @vitest-environment happy-dom
// Proves that what a visitor writes is drawn as text and links, and that forms say what is wrong to everyone.

import { render } from "preact";
import { beforeEach, expect, test } from "vitest";
import { TextField } from "../src/parts/field";
import { Text } from "../src/parts/text";

let root: HTMLElement;
beforeEach(() => {
  root = document.createElement("div");
});

test("markup in a message is text", () => {
  render(<Text text={'<img src=x onerror="alert(1)"><b>bold</b>'} />, root);
  expect(root.querySelector("img, b")).toBeNull();
  expect(root.textContent).toBe('<img src=x onerror="alert(1)"><b>bold</b>');
});

test("a link opens elsewhere and tells the other site nothing", () => {
  render(<Text text="See https://shop.example/a." />, root);
  const link = root.querySelector("a");
  expect(link?.href).toBe("https://shop.example/a");
  expect(link?.target).toBe("_blank");
  expect(link?.rel).toBe("noopener noreferrer nofollow");
  expect(root.textContent).toBe("See https://shop.example/a.");
});

test("signs for bold and code are drawn, and a name that a note calls is marked", () => {
  const called = [{ id: "agt_carol", name: "Carol" }];
  render(<Text text="**Now**, @Carol: `npm run` it" called={called} />, root);
  expect(root.querySelector("strong")?.textContent).toBe("Now");
  expect(root.querySelector("code")?.textContent).toBe("npm run");
  expect(root.querySelector(".mention")?.textContent).toBe("@Carol");
  expect(root.textContent).toBe("Now, @Carol: npm run it");
});

test("what is wrong with a field is tied to it", () => {
  render(
    <TextField
      label="E-mail"
      autocomplete="off"
      wrong="This e-mail is taken."
      value="a"
      onValue={() => {}}
    />,
    root,
  );
  const input = root.querySelector("input");
  const label = root.querySelector("label");
  expect(label?.getAttribute("for")).toBe(input?.id);
  expect(input?.getAttribute("aria-invalid")).toBe("true");
  const told = root.querySelector(`[id="${input?.getAttribute("aria-describedby")}"]`);
  expect(told?.textContent).toBe("This e-mail is taken.");
});
