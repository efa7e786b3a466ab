// Proves when typing is told, renewed, taken back and forgotten.

import type { Typing } from "@frontdesk/shared/wire.gen";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OwnTyping, Typists } from "../src/typing";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("keys in a row are told once, and again after three seconds", () => {
  const told: Typing[] = [];
  const typing = new OwnTyping((signal) => told.push(signal));
  typing.go();
  typing.go();
  expect(told).toEqual([{ on: true }]);
  vi.advanceTimersByTime(3_000);
  typing.go();
  expect(told).toEqual([{ on: true }, { on: true }]);
});

test("a pause takes it back", () => {
  const told: Typing[] = [];
  new OwnTyping((signal) => told.push(signal)).go();
  vi.advanceTimersByTime(4_000);
  expect(told).toEqual([{ on: true }, { on: false }]);
});

test("stopping without having typed says nothing", () => {
  const told: Typing[] = [];
  new OwnTyping((signal) => told.push(signal)).stop();
  expect(told).toEqual([]);
});

test("somebody whose signal is not renewed stops after six seconds", () => {
  const typists = new Typists();
  typists.heard("vis_ana", { on: true, text: "Hel" });
  vi.advanceTimersByTime(5_000);
  typists.heard("vis_ana", { on: true, text: "Hello" });
  vi.advanceTimersByTime(5_000);
  expect(typists.now.value).toEqual([{ id: "vis_ana", text: "Hello" }]);
  vi.advanceTimersByTime(1_000);
  expect(typists.now.value).toEqual([]);
});

test("a poll names all who type", () => {
  const typists = new Typists();
  typists.heard("vis_ana", { on: true });
  typists.are([{ user_id: "agt_carol" }]);
  expect(typists.now.value.map((typist) => typist.id)).toEqual(["agt_carol"]);
});

test("a forged signal of another shape shows nobody", () => {
  const typists = new Typists();
  typists.heard("vis_ana", "on" as unknown as Typing);
  typists.heard("vis_ana", null as unknown as Typing);
  expect(typists.now.value).toEqual([]);
  typists.heard("vis_ana", { on: true, text: { a: 1 } } as unknown as Typing);
  expect(typists.now.value).toEqual([{ id: "vis_ana", text: "" }]);
});
