# Short names for the scripts; each says in its first lines what it does.
.PHONY: run build dist test bench soak ledger fuzz fmt clean
run:   ; @scripts/run.sh $(ARGS)
build: ; @scripts/build.sh
dist:  ; @scripts/dist.sh
test:  ; @scripts/test.sh $(SECTION)
bench: ; @scripts/bench.sh
soak:  ; @scripts/soak.sh
ledger: ; @scripts/ledger.sh
fuzz:  ; @scripts/fuzz.sh $(TARGET)
fmt:   ; @cargo fmt && cd web && npx biome check --write .
clean: ; @rm -rf target web/dist web/node_modules e2e/node_modules conformance/node_modules
