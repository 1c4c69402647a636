# Weft's commands. `make run` and `make test` are the two a newcomer needs; both do their own set-up.

CONFIG ?= config
ARGS ?=
HOME_JDK := $(shell . ./src/main/launcher/jdk.sh && find_jdk javac && echo "$$JDK")
WEFT := target/weft/bin/weft
BUILT := target/weft/.built
MVN ?= mvn
# Without -q, which would hide the warnings that stopped a build; without the lines that say all is well.
MVN_QUIET := MAVEN_OPTS="$(MAVEN_OPTS) -Dorg.slf4j.simpleLogger.defaultLogLevel=warn" $(MVN) -B -Dstyle.color=never
SOURCES := $(shell find src/main src/build -type f)

ifneq ($(HOME_JDK),)
export JAVA_HOME := $(HOME_JDK)
endif
export PATH := $(PATH):$(HOME)/go/bin:/usr/local/go/bin

.PHONY: help run build test format coverage nightly bench bars fuzz load compare soak reliability attacks clean tools
.DEFAULT_GOAL := help

help:
	@echo "make run          serve CONFIG (a directory or an Envoy bootstrap file; default: config/), ARGS=... for options"
	@echo "make test         everything a change must pass: format, static checks, layering, tests"
	@echo "make build        target/weft: the program, which needs a JDK 25 and nothing else to run"
	@echo "make format       put the sources into the form that make test asks for"
	@echo "make load         k6 scripts against a running Weft (SCRIPT=smoke, TARGET=http://127.0.0.1:10000)"
	@echo "make compare      Weft, HAProxy and nginx measured side by side (ARGS='--scenarios keepalive64 --rounds 3')"
	@echo "make soak         full load with failing upstreams, watched for leaks (MINUTES=5)"
	@echo "make reliability  faults, limits and ends a proxy must survive (MINUTES=10, ARGS='--only T12,T16')"
	@echo "make attacks      floods, bombs and slow clients beside good traffic (ARGS='--only rapid-reset --seconds 10')"
	@echo "make bench        micro benchmarks (BENCH=regular expression)"
	@echo "make bars         those of routing against what a feature may cost (ARGS for JMH)"
	@echo "make fuzz         search with each *FuzzTest for the time its annotation names (FUZZ=part of a class name)"
	@echo "make nightly      100,000 generated routing decisions told and taken, and a table of 13 MB (PAIRS=100000)"
	@echo "make coverage     tests with a coverage report in target/site/jacoco"
	@echo "make clean        remove target/"

run: $(BUILT)
	@exec $(WEFT) run --config $(CONFIG) $(ARGS)

build: $(BUILT)

# The archive comes last: it is what the launcher's flags, the jars and this JDK give together.
$(BUILT): pom.xml .mvn/jvm.config $(SOURCES) | tools
	@echo "building target/weft with $(JAVA_HOME) (the first build downloads about 170 MB)"
	@rm -rf target/weft
	@$(MVN_QUIET) -Dmaven.test.skip=true -Denforcer.skip=true package
	@chmod +x $(WEFT)
	@"$(JAVA_HOME)/bin/java" src/build/TrainArchive.java target/weft
	@touch $@

test: | tools
	@$(MVN) -B -ntp spotless:check test

format: | tools
	@$(MVN_QUIET) spotless:apply

coverage: | tools
	@$(MVN) -B -ntp -Pcoverage verify

# What takes too long for each change: generated tables in number, and one large one.
nightly: | tools
	@$(MVN) -B -ntp test -Dtest='RouteDecisionTest,LargeTableTest' -Dweft.pairs=$(or $(PAIRS),100000) -Dweft.nightly=true

bench: | tools
	@$(MVN_QUIET) test-compile dependency:build-classpath -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test
	@"$(JAVA_HOME)/bin/java" --add-opens java.base/java.lang=ALL-UNNAMED --enable-native-access=ALL-UNNAMED \
	  -cp "target/test-classes:target/classes:$$(cat target/test.classpath)" org.openjdk.jmh.Main $(BENCH)

bars: | tools
	@$(MVN_QUIET) test-compile dependency:build-classpath -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test
	@loadtest/bars "$(JAVA_HOME)/bin/java" "target/test-classes:target/classes:$$(cat target/test.classpath)" $(ARGS)

# One JVM a class: Jazzer searches in one fuzz test of a JVM only.
fuzz: | tools
	@$(MVN_QUIET) test-compile
	@for file in $$(find src/test -name '*$(FUZZ)*FuzzTest.java'); do \
	  JAZZER_FUZZ=1 $(MVN) -B -ntp surefire:test@fuzz-regression -Dtest=$$(basename $$file .java) || exit 1; done

load: $(BUILT)
	@loadtest/load $(or $(SCRIPT),smoke) $(TARGET)

compare: $(BUILT)
	@loadtest/compare $(ARGS)

soak: $(BUILT)
	@loadtest/soak --minutes $(or $(MINUTES),5) $(ARGS)

reliability: $(BUILT)
	@loadtest/reliability --minutes $(or $(MINUTES),10) $(ARGS)

attacks: $(BUILT)
	@loadtest/attacks $(ARGS)

clean:
	@rm -rf target

tools:
	@test -n "$(HOME_JDK)" || { echo "make: no JDK 25 or newer found in JAVA_HOME, on PATH or in the usual places: install one or set JAVA_HOME" >&2; exit 1; }
	@command -v $(MVN) >/dev/null || { echo "make: Maven (mvn) is not on PATH: install maven 3.8 or newer" >&2; exit 1; }
