# Thin names for ./run, which brings what is missing. ARGS are passed on: make test ARGS="-k stock"
.PHONY: up test check bench setup
up test check bench setup:
	@./run $@ $(ARGS)
