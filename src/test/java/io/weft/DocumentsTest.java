package io.weft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What README and docs/ name is there. */
@NullMarked
class DocumentsTest {
  private static final Pattern SOURCE = Pattern.compile("`(?:[\\w./-]*/)?(\\w+\\.java)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

  @Test
  void everySourceFileThatIsNamedExists() throws IOException {
    Set<String> sources = new HashSet<>();
    for (Path file : files(Path.of("src"), ".java")) {
      sources.add(file.getFileName().toString());
    }
    var missing = new TreeSet<String>();
    // the other pages also name files that their reader is to write
    for (Path document : List.of(Path.of("docs/architecture.md"), Path.of("CONTRIBUTING.md"))) {
      Matcher named = SOURCE.matcher(Files.readString(document));
      while (named.find()) {
        if (!sources.contains(named.group(1))) {
          missing.add(document + " names " + named.group(1));
        }
      }
    }
    assertThat(sources).contains("ArchitectureTest.java");
    assertThat(missing).isEmpty();
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    var broken = new TreeSet<String>();
    for (Path document : documents()) {
      Matcher link = LINK.matcher(Files.readString(document));
      while (link.find()) {
        if (!Files.exists(document.toAbsolutePath().resolveSibling(link.group(1)))) {
          broken.add(document + " links to " + link.group(1));
        }
      }
    }
    assertThat(documents()).contains(Path.of("README.md"));
    assertThat(broken).isEmpty();
  }

  private static List<Path> documents() throws IOException {
    var all = new ArrayList<>(files(Path.of("docs"), ".md"));
    for (String name : List.of("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")) {
      all.add(Path.of(name));
    }
    return all;
  }

  private static List<Path> files(Path root, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }
}
