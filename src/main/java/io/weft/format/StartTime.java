package io.weft.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code %START_TIME(format)%} in UTC. The format takes strftime's Y y m d e H I M S p a A b B j F
 * T D R z Z s n t, {@code %f} and {@code %1f} to {@code %9f} for digits of the fraction of a
 * second, and {@code %E3S} for seconds with a fraction. The clock counts milliseconds; further
 * digits are 0.
 *
 * <p>What is the same for a whole second is rendered once and kept, for the second asked for last.
 */
final class StartTime implements Operator {
  private static final String DEFAULT = "%Y-%m-%dT%H:%M:%E3SZ";
  private static final String[] DAYS = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"
  };
  private static final String[] MONTHS = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"
  };

  private static final Line NO_TEXT = new Line(0);

  /** One letter of the format, or literal text where {@code text} is not empty. */
  private record Step(char letter, int digits, Line text) {}

  /**
   * @param parts one for each group
   */
  private record Rendered(long second, List<Line> parts) {}

  private final List<List<Step>> groups; // between the fractions
  private final int[] fractions; // their digits, one fewer than groups
  private volatile Rendered last = new Rendered(Long.MIN_VALUE, List.of());

  private StartTime(List<Step> steps) {
    List<List<Step>> split = new ArrayList<>();
    split.add(new ArrayList<>());
    int[] digits = new int[steps.size()];
    for (Step step : steps) {
      if (step.letter == 'f') {
        digits[split.size() - 1] = step.digits;
        split.add(new ArrayList<>());
      } else {
        split.getLast().add(step);
      }
    }
    this.groups = List.copyOf(split);
    this.fractions = Arrays.copyOf(digits, split.size() - 1);
  }

  static StartTime compile(OperatorCall call) throws FormatException {
    List<Step> steps = new ArrayList<>();
    parse(call, call.argument().isEmpty() ? DEFAULT : call.argument(), steps);
    return new StartTime(steps);
  }

  private static void parse(OperatorCall call, String format, List<Step> steps)
      throws FormatException {
    int at = 0;
    while (at < format.length()) {
      int percent = format.indexOf('%', at);
      String literal = format.substring(at, percent < 0 ? format.length() : percent);
      if (!literal.isEmpty()) {
        steps.add(literal(literal));
      }
      if (percent < 0) {
        break;
      }
      at = step(call, format, percent + 1, steps);
    }
  }

  private static Step literal(String text) {
    var line = new Line(text.length());
    line.escaping(Line.Escaping.NONE).unicode(text, Integer.MAX_VALUE);
    return new Step(' ', 0, line);
  }

  private static int step(OperatorCall call, String format, int at, List<Step> steps)
      throws FormatException {
    char c = at < format.length() ? format.charAt(at) : ' ';
    boolean isFraction = isDigit(c) && c != '0' && format.startsWith("f", at + 1);
    boolean isSeconds =
        c == 'E'
            && at + 2 < format.length()
            && isDigit(format.charAt(at + 1))
            && format.charAt(at + 2) == 'S';
    if (isFraction) {
      steps.add(new Step('f', c - '0', NO_TEXT));
      return at + 2;
    }
    if (isSeconds) {
      int digits = format.charAt(at + 1) - '0';
      steps.add(new Step('S', 0, NO_TEXT));
      if (digits > 0) {
        steps.add(literal("."));
        steps.add(new Step('f', digits, NO_TEXT));
      }
      return at + 3;
    }
    switch (c) {
      case '%' -> steps.add(literal("%"));
      case 'n' -> steps.add(literal("\n"));
      case 't' -> steps.add(literal("\t"));
      case 'Z' -> steps.add(literal("UTC"));
      case 'z' -> steps.add(literal("+0000"));
      case 'F' -> parse(call, "%Y-%m-%d", steps);
      case 'T' -> parse(call, "%H:%M:%S", steps);
      case 'D' -> parse(call, "%m/%d/%y", steps);
      case 'R' -> parse(call, "%H:%M", steps);
      default -> {
        if ("YymdeHIMSpaAbBjsf".indexOf(c) < 0) {
          throw call.error("time format '%" + c + "': not supported by Weft");
        }
        steps.add(new Step(c, 9, NO_TEXT));
      }
    }
    return at + 1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  @Override
  public boolean write(Facts facts, Line out) {
    long millis = facts.startTimeMillis();
    long second = Math.floorDiv(millis, 1000L);
    Rendered rendered = last;
    if (rendered.second != second) {
      List<Line> parts = new ArrayList<>(groups.size());
      for (List<Step> group : groups) {
        parts.add(render(group, second));
      }
      rendered = new Rendered(second, List.copyOf(parts));
      last = rendered;
    }
    int fraction = (int) (millis - second * 1000);
    out.append(rendered.parts.getFirst());
    for (int i = 0; i < fractions.length; i++) {
      fraction(out, fraction, fractions[i]);
      out.append(rendered.parts.get(i + 1));
    }
    return true;
  }

  private static Line render(List<Step> steps, long second) {
    var out = new Line(32);
    long day = Math.floorDiv(second, 86_400L);
    int ofDay = (int) Math.floorMod(second, 86_400L);
    int hour = ofDay / 3600;
    // Days to civil date: years start in March, so that the leap day is the last (proleptic
    // Gregorian)
    long z = day + 719_468;
    long era = Math.floorDiv(z, 146_097L);
    int dayOfEra = (int) (z - era * 146_097);
    int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int fromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int shifted = (5 * fromMarch + 2) / 153;
    int dayOfMonth = fromMarch - (153 * shifted + 2) / 5 + 1;
    int month = shifted < 10 ? shifted + 3 : shifted - 9;
    int year = (int) (yearOfEra + era * 400) + (month <= 2 ? 1 : 0);
    for (Step step : steps) {
      if (step.text.length() > 0) {
        out.append(step.text);
        continue;
      }
      switch (step.letter) {
        case 'Y' -> out.digits(year, 4);
        case 'y' -> out.digits(year % 100, 2);
        case 'm' -> out.digits(month, 2);
        case 'd' -> out.digits(dayOfMonth, 2);
        case 'e' -> {
          if (dayOfMonth < 10) {
            out.put(' ');
          }
          out.number(dayOfMonth);
        }
        case 'H' -> out.digits(hour, 2);
        case 'I' -> out.digits((hour + 11) % 12 + 1, 2);
        case 'M' -> out.digits(ofDay / 60 % 60, 2);
        case 'S' -> out.digits(ofDay % 60, 2);
        case 'p' -> out.ascii(hour < 12 ? "AM" : "PM");
        case 'A' -> out.ascii(DAYS[weekday(day)]);
        case 'a' -> out.ascii(DAYS[weekday(day)].substring(0, 3));
        case 'B' -> out.ascii(MONTHS[month - 1]);
        case 'b' -> out.ascii(MONTHS[month - 1].substring(0, 3));
        case 'j' -> out.digits(java.time.LocalDate.ofEpochDay(day).getDayOfYear(), 3);
        default -> out.number(second); // 's', the last of what compile lets pass
      }
    }
    return out;
  }

  private static int weekday(long day) {
    return (int) Math.floorMod(day + 4, 7L); // 1970-01-01 was a Thursday
  }

  private static void fraction(Line out, int millis, int digits) {
    if (digits <= 3) {
      out.digits(digits == 3 ? millis : digits == 2 ? millis / 10 : millis / 100, digits);
    } else {
      out.digits(millis, 3);
      out.digits(0, digits - 3);
    }
  }
}
