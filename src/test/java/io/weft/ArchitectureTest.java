package io.weft;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The packages are the architecture: which may know which, and what none of them does. A package
 * that is not listed here fails the test; its place in the list is part of its design.
 */
@NullMarked
class ArchitectureTest {
  /** From the top down: a package may use those of the rows below its own, and its own. */
  private static final List<List<String>> LAYERS =
      List.of(
          List.of("server"),
          List.of("admin"),
          List.of("explain"),
          List.of("config"),
          List.of("listener"),
          List.of("hcm"),
          // filters never see each other: each package is a room of its own
          List.of("filter.http.*", "filter.network.*"),
          List.of("extension"),
          List.of("grpc"),
          List.of("upstream", "dns"),
          List.of("filter.network"),
          List.of("filter"),
          List.of("accesslog"),
          List.of("cluster"),
          List.of("cluster.lb"),
          List.of("route"),
          List.of("stream"),
          List.of("mutation"),
          List.of("format"),
          List.of("codec.h1", "codec.h2"),
          List.of("codec"),
          List.of("http"),
          List.of("tls"),
          List.of("net"));

  /** What any package may use: they know each other in this order, and nothing else of Weft. */
  private static final List<String> GROUND =
      List.of("logging", "stats.export", "runtime", "stats", "carrier", "time", "sys", "schema");

  /**
   * Where a stream's bytes pass: nothing here may block a carrier or surprise it with a long
   * computation.
   */
  private static final String[] DATA_PATH = {
    "io.weft.route..",
    "io.weft.mutation..",
    "io.weft.carrier..",
    "io.weft.net..",
    "io.weft.http..",
    "io.weft.codec..",
    "io.weft.stream..",
    "io.weft.hcm..",
    "io.weft.filter..",
    "io.weft.upstream..",
    "io.weft.grpc..",
    "io.weft.cluster..",
    "io.weft.listener.."
  };

  private static final Set<String> REGEX_METHODS = Set.of("matches", "replaceAll", "replaceFirst");

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.weft");
  }

  @Test
  void packagesDependDownTheListOnly() {
    var wrong = new TreeSet<String>();
    for (JavaClass from : classes) {
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String source = room(from);
        String target = room(dependency.getTargetClass());
        if (target.isEmpty()
            || source.isEmpty()
            || source.equals(target)
            || mayUse(source, target)) {
          continue;
        }
        wrong.add(
            "io.weft."
                + source
                + " may not use io.weft."
                + target
                + ": "
                + dependency.getOriginClass().getSimpleName()
                + " uses "
                + dependency.getTargetClass().getSimpleName());
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyPackageHasItsPlaceAndSaysWhatItIs() {
    var wrong = new TreeSet<String>();
    for (JavaClass type : classes) {
      String room = room(type);
      if (!room.isEmpty() && layer(room).isEmpty() && !GROUND.contains(room)) {
        wrong.add(type.getPackageName() + " has no place in ArchitectureTest");
      }
      if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
        wrong.add(type.getPackageName() + " has no package-info.java with @NullMarked");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.weft.(**)").should().beFreeOfCycles().check(classes);
  }

  @Test
  void nothingSleeps() {
    noClasses().should().callMethod(Thread.class, "sleep", long.class).check(classes);
    noClasses().should().callMethod(Thread.class, "sleep", Duration.class).check(classes);
  }

  @Test
  void onlyTheCommandLineWritesToTheTerminal() {
    noClasses()
        .that(resideOutsideOfPackages("io.weft.server.."))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(classes);
  }

  @Test
  void loggingGoesThroughSlf4j() {
    noClasses()
        .that(resideOutsideOfPackages("io.weft.logging.."))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.logging..")
        .check(classes);
    noClasses()
        .that(resideOutsideOfPackages("io.weft.logging.."))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ch.qos.logback..")
        .check(classes);
  }

  @Test
  void theDataPathMatchesInLinearTime() {
    noClasses()
        .that(resideInAnyPackage(DATA_PATH))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.regex..")
        .check(classes);
    var calls = new TreeSet<String>();
    for (JavaClass type : classes.that(resideInAnyPackage(DATA_PATH))) {
      for (JavaMethodCall call : type.getMethodCallsFromSelf()) {
        if (call.getTargetOwner().isEquivalentTo(String.class)
            && REGEX_METHODS.contains(call.getName())) {
          calls.add(call.getDescription());
        }
      }
    }
    assertThat(calls).isEmpty();
  }

  @Test
  void nativeCodeIsCalledInOnePackage() {
    noClasses()
        .that(resideOutsideOfPackages("io.weft.sys.."))
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(SymbolLookup.class)
        .orShould()
        .callMethod(MemorySegment.class, "reinterpret", long.class)
        .check(classes);
  }

  @Test
  void protobufAndYamlStayAtTheEdge() {
    noClasses()
        .that(
            resideOutsideOfPackages(
                "io.weft.schema..", "io.weft.config..", "io.weft.explain..", "io.weft.server.."))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.google.protobuf..", "org.snakeyaml..", "org.yaml..")
        .check(classes);
  }

  @Test
  void nettyIsAnEngineOfTlsAndNothingElse() {
    noClasses()
        .that(resideOutsideOfPackages("io.weft.tls.."))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(classes);
  }

  @Test
  void helidonStaysOffTheDataPath() {
    noClasses()
        .that(resideOutsideOfPackages("io.weft.admin..", "io.weft.server..", "io.weft.config.."))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.helidon..")
        .check(classes);
  }

  private static boolean mayUse(String source, String target) {
    if (GROUND.contains(target)) {
      return !GROUND.contains(source) || GROUND.indexOf(target) > GROUND.indexOf(source);
    }
    Optional<Integer> from = layer(source);
    Optional<Integer> to = layer(target);
    // a package without a place is the business of the other test
    return from.isEmpty() || to.isEmpty() || to.get() > from.get();
  }

  private static Optional<Integer> layer(String room) {
    for (int i = 0; i < LAYERS.size(); i++) {
      for (String name : LAYERS.get(i)) {
        if (name.endsWith(".*")
            ? room.startsWith(name.substring(0, name.length() - 1))
            : room.equals(name)) {
          return Optional.of(i);
        }
      }
    }
    return Optional.empty();
  }

  /** The package below io.weft, empty for the root and for everything foreign. */
  private static String room(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName();
    return name.startsWith("io.weft.") ? name.substring("io.weft.".length()) : "";
  }
}
