// Proves which parts of a text become links, and that no text is lost on the way.

import { describe, expect, test } from "vitest";
import { partsOf } from "../src/links";

const links = (text: string) => partsOf(text).flatMap((part) => (part.href ? [part.text] : []));

describe("links in a text", () => {
  test("an address in a sentence leaves the sentence its full stop", () => {
    expect(partsOf("See https://shop.example/a?b=1.")).toEqual([
      { text: "See " },
      { text: "https://shop.example/a?b=1", href: "https://shop.example/a?b=1" },
      { text: "." },
    ]);
  });

  test("brackets around an address stay outside, brackets in it stay inside", () => {
    expect(links("(https://shop.example/x)")).toEqual(["https://shop.example/x"]);
    expect(links("https://wiki.example/Cat_(animal)")).toEqual(["https://wiki.example/Cat_(animal)"]);
  });

  test("a text made of brackets is read in no time", () => {
    const text = `https://shop.example/${")".repeat(10_000)}`;
    const before = performance.now();
    expect(links(text)).toEqual(["https://shop.example/"]);
    expect(performance.now() - before).toBeLessThan(100);
  });

  test("only http and https are followed", () => {
    expect(links("javascript:alert(1) data:text/html,x ftp://a.example file:///etc/passwd")).toEqual([]);
    expect(links("HTTPS://Shop.Example")).toEqual(["HTTPS://Shop.Example"]);
  });

  test("an address that pretends to be another is not followed", () => {
    expect(links("https://bank.example@evil.example/")).toEqual([]);
  });

  test("markup is text", () => {
    const text = '<img src=x onerror=alert(1)> <a href="https://a.example">x</a>';
    expect(
      partsOf(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
    expect(links(text)).toEqual(["https://a.example"]);
  });

  test.each(["", "no link", "https://", "http://.", "a https://a.example/é?ü=1#z b https://b.example!"])(
    "joined again, %j is what it was",
    (text) => {
      expect(
        partsOf(text)
          .map((part) => part.text)
          .join(""),
      ).toBe(text);
    },
  );
});
