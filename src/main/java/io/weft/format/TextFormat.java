package io.weft.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Text with operators. */
public final class TextFormat implements Format {
  private static final byte[] NOTHING = {};
  private static final byte[] DASH = {'-'};

  private final String source;
  private final byte[][] literals; // one before each operator and one behind the last
  private final Operator[] operators;
  private final byte[] absent;
  private final Line.Escaping escaping;

  private TextFormat(
      String source,
      List<byte[]> literals,
      List<Operator> operators,
      byte[] absent,
      Line.Escaping e) {
    this.source = source;
    this.literals = literals.toArray(byte[][]::new);
    this.operators = operators.toArray(Operator[]::new);
    this.absent = absent;
    this.escaping = e;
  }

  static TextFormat compile(String source, boolean omitEmpty, Line.Escaping escaping)
      throws FormatException {
    List<byte[]> literals = new ArrayList<>();
    List<Operator> operators = new ArrayList<>();
    var literal = new StringBuilder();
    int at = 0;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (c != '%') {
        literal.append(c);
        at++;
      } else if (source.startsWith("%%", at)) {
        literal.append('%');
        at += 2;
      } else {
        var call = OperatorCall.parse(source, at);
        operators.add(Operators.compile(call));
        literals.add(literal.toString().getBytes(StandardCharsets.UTF_8));
        literal.setLength(0);
        at = call.end();
      }
    }
    literals.add(literal.toString().getBytes(StandardCharsets.UTF_8));
    return new TextFormat(source, literals, operators, omitEmpty ? NOTHING : DASH, escaping);
  }

  @Override
  public void render(Facts facts, Line out) {
    renderAs(facts, out.escaping(escaping));
  }

  /** Appends with the escaping that {@code out} has. */
  void renderAs(Facts facts, Line out) {
    out.text(literals[0]);
    for (int i = 0; i < operators.length; i++) {
      if (!operators[i].write(facts, out)) {
        out.text(absent);
      }
      out.text(literals[i + 1]);
    }
  }

  /** The rendered text, one character a byte (ISO-8859-1), as header values are. */
  public String latin1(Facts facts) {
    var line = new Line(64);
    render(facts, line);
    return line.latin1();
  }

  /**
   * The text, one character a byte (ISO-8859-1), if it is the same for every stream: there is no
   * operator; else null.
   */
  public @Nullable String constant() {
    return operators.length == 0 ? new String(literals[0], StandardCharsets.ISO_8859_1) : null;
  }

  /** The text before the first operator. */
  byte[] prefix() {
    return literals[0];
  }

  /** The same with its text escaped for the inside of a JSON string. */
  TextFormat asJson() {
    List<byte[]> escaped = new ArrayList<>(literals.length);
    for (byte[] literal : literals) {
      var line = new Line(literal.length + 8).escaping(Line.Escaping.JSON);
      line.value(literal, 0, literal.length);
      escaped.add(Arrays.copyOf(line.bytes(), line.length()));
    }
    return new TextFormat(source, escaped, List.of(operators), absent, escaping);
  }

  /** The operator, if the format is one operator with nothing around it; else null. */
  @Nullable Operator single() {
    return operators.length == 1 && literals[0].length == 0 && literals[1].length == 0
        ? operators[0]
        : null;
  }

  /** The format as it was written. */
  @Override
  public String toString() {
    return source;
  }
}
