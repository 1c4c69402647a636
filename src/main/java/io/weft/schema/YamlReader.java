package io.weft.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Turns YAML 1.2 and JSON into a {@link Tree}, from the parser's events. Refused with their place:
 * syntax errors, tags other than the core schema's, keys that are not plain text or stand twice in
 * one mapping, aliases that contain themselves, nesting beyond {@link #MAX_DEPTH}.
 */
final class YamlReader {
  static final int MAX_DEPTH = 64;

  /** A document's tree and the index of its root. */
  record Document(Tree tree, int root) {}

  private static final class Open {
    final int node;
    final boolean mapping;
    @Nullable Set<String> keys;
    boolean expectKey;

    Open(int node, boolean mapping) {
      this.node = node;
      this.mapping = mapping;
      this.expectKey = mapping;
    }
  }

  private final String file;
  private final Problems problems;
  private final List<Document> documents = new ArrayList<>();
  private Tree tree;
  private final Map<Anchor, Integer> anchors = new HashMap<>();
  private final List<Open> open = new ArrayList<>();

  private YamlReader(String file, Problems problems) {
    this.file = file;
    this.problems = problems;
    this.tree = new Tree(file);
  }

  /**
   * The documents of a text; none for an empty text, and none when it cannot be parsed, which
   * {@code problems} then says.
   */
  static List<Document> read(String file, String text, Problems problems) {
    var reader = new YamlReader(file, problems);
    try {
      // A tab between JSON's tokens is no indentation; YAML takes offence all the same.
      var source = file.endsWith(".json") ? text.replace('\t', ' ') : text;
      var settings =
          LoadSettings.builder()
              .setLabel(file)
              .setCodePointLimit(Integer.MAX_VALUE)
              .setUseMarks(true)
              .build();
      var events = new Parse(settings).parseString(source).iterator();
      reader.read(events);
      return reader.documents;
    } catch (MarkedYamlEngineException e) {
      problems.error(reader.place(e.getProblemMark().or(e::getContextMark)), syntax(e));
    } catch (YamlEngineException e) {
      problems.error(
          new Place(file, 1, 1, ""),
          "not YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    } catch (ConfigException e) {
      e.problems().all().forEach(problems::add);
    }
    return List.of();
  }

  private static String syntax(MarkedYamlEngineException e) {
    var context = e.getContext();
    var problem = e.getProblem() == null ? "" : e.getProblem();
    return "not YAML: "
        + problem
        + (context == null || context.isBlank() ? "" : " (" + context.strip() + ")");
  }

  private void read(Iterator<Event> events) {
    while (events.hasNext()) {
      var event = events.next();
      switch (event.getEventId()) {
        case Scalar -> scalar((ScalarEvent) event);
        case MappingStart -> {
          var start = (MappingStartEvent) event;
          begin(start, start.getTag(), Tree.MAPPING);
        }
        case SequenceStart -> {
          var start = (SequenceStartEvent) event;
          begin(start, start.getTag(), Tree.SEQUENCE);
        }
        case MappingEnd, SequenceEnd -> {
          tree.end(open.removeLast().node);
          valueDone();
        }
        case Alias -> alias((AliasEvent) event);
        case DocumentStart -> {
          tree = new Tree(file);
          anchors.clear();
        }
        case DocumentEnd -> {
          tree.complete();
          documents.add(new Document(tree, 0));
        }
        case StreamStart, StreamEnd, Comment -> {}
      }
    }
  }

  private void scalar(ScalarEvent event) {
    checkTag(event, event.getTag());
    var mark = event.getStartMark().orElseThrow();
    boolean quoted = event.getScalarStyle() != ScalarStyle.PLAIN;
    if (expectsKey()) {
      int key = tree.scalar(event.getValue(), quoted, mark.getLine() + 1, mark.getColumn() + 1);
      key(event.getValue(), key, mark);
    } else {
      anchor(
          event, tree.scalar(event.getValue(), quoted, mark.getLine() + 1, mark.getColumn() + 1));
      valueDone();
    }
  }

  private boolean expectsKey() {
    return !open.isEmpty() && open.getLast().expectKey;
  }

  private void key(String text, int key, Mark mark) {
    var mapping = open.getLast();
    mapping.expectKey = false;
    var keys = mapping.keys;
    if (keys == null) {
      keys = new HashSet<>();
      mapping.keys = keys;
    }
    if (!keys.add(text) && !text.equals("<<")) {
      problems.error(place(mark), "'" + text + "' stands twice in this mapping");
      tree.repeated(key);
    }
  }

  private void valueDone() {
    if (!open.isEmpty() && open.getLast().mapping) {
      open.getLast().expectKey = true;
    }
  }

  private void begin(NodeEvent event, Optional<?> tag, byte kind) {
    checkTag(event, tag);
    var mark = event.getStartMark().orElseThrow();
    if (expectsKey()) {
      throw new ConfigException(place(mark), "a key must be text, not a list or a mapping");
    }
    if (open.size() >= MAX_DEPTH) {
      throw new ConfigException(
          place(mark), "nested too deeply (expected: at most " + MAX_DEPTH + " levels)");
    }
    int node = tree.begin(kind, mark.getLine() + 1, mark.getColumn() + 1);
    anchor(event, node);
    open.add(new Open(node, kind == Tree.MAPPING));
  }

  private void anchor(NodeEvent event, int node) {
    event.getAnchor().ifPresent(anchor -> anchors.put(anchor, node));
  }

  private void alias(AliasEvent event) {
    var mark = event.getStartMark().orElseThrow();
    if (expectsKey()) {
      throw new ConfigException(place(mark), "a key must be text, not an alias");
    }
    var target = anchors.get(event.getAlias());
    if (target == null) {
      throw new ConfigException(place(mark), "no anchor &" + event.getAlias() + " above");
    }
    for (var outer : open) {
      if (outer.node == target) {
        throw new ConfigException(
            place(mark), "the alias *" + event.getAlias() + " contains itself");
      }
    }
    tree.alias(target, mark.getLine() + 1, mark.getColumn() + 1);
    valueDone();
  }

  private void checkTag(NodeEvent event, Optional<?> tag) {
    if (tag.isPresent()) {
      var name = tag.get().toString();
      boolean core =
          Arrays.asList("!", "str", "int", "float", "bool", "null", "map", "seq", "binary")
              .contains(name.replace("tag:yaml.org,2002:", ""));
      if (!core) {
        problems.error(
            place(event.getStartMark().orElseThrow()),
            "the tag " + name + " is not allowed in a configuration");
      }
    }
  }

  private Place place(Optional<Mark> mark) {
    return mark.isPresent() ? place(mark.get()) : new Place(file, 1, 1, "");
  }

  private Place place(Mark mark) {
    return new Place(file, mark.getLine() + 1, mark.getColumn() + 1, "");
  }
}
