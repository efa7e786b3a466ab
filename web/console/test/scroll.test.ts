// Proves that a log follows its end, and stays where the agent reads.

import { expect, test } from "vitest";
import { LogScroll } from "../src/scroll";

const log = (scrollTop: number, scrollHeight = 1_000) => ({ scrollTop, scrollHeight, clientHeight: 400 });

test("at its end the log follows what comes", () => {
  const scroll = new LogScroll();
  const box = log(0);
  scroll.drawn(box, "msg_1");
  expect(box.scrollTop).toBe(1_000);
});

test("who reads above is not carried away", () => {
  const scroll = new LogScroll();
  scroll.drawn(log(0), "msg_1");
  const box = log(300);
  scroll.scrolled(box);
  box.scrollHeight = 1_200;
  scroll.drawn(box, "msg_1");
  expect(box.scrollTop).toBe(300);
});

test("older messages above leave the same line under the eye", () => {
  const scroll = new LogScroll();
  scroll.drawn(log(0), "msg_50");
  const box = log(100);
  expect(scroll.scrolled(box)).toBe(true);
  box.scrollHeight = 1_800;
  scroll.drawn(box, "msg_1");
  expect(box.scrollTop).toBe(900);
});

test("back at the end the log follows again", () => {
  const scroll = new LogScroll();
  scroll.scrolled(log(300));
  expect(scroll.following).toBe(false);
  scroll.scrolled(log(590));
  expect(scroll.following).toBe(true);
});

test("who looks for a message in the middle is not led away by what comes", () => {
  const scroll = new LogScroll();
  scroll.drawn(log(0), "msg_1");
  scroll.stay();
  const box = log(300, 1_400);
  scroll.drawn(box, "msg_1");
  expect(box.scrollTop).toBe(300);
});
