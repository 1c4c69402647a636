package io.weft.format;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/** {@code %COMMON_DURATION(START:END:PRECISION)%}: time between two points of a stream. */
record CommonDuration(ToLongFunction<Facts> start, ToLongFunction<Facts> end, long unit)
    implements Operator {
  private static final Map<String, ToLongFunction<Facts>> POINTS =
      Map.ofEntries(
          Map.entry("DS_RX_BEG", Facts::startNanos),
          Map.entry("DS_RX_END", Facts::requestReceivedNanos),
          Map.entry("US_TX_BEG", Facts::upstreamRequestStartedNanos),
          Map.entry("US_TX_END", Facts::upstreamRequestSentNanos),
          Map.entry("US_RX_BEG", Facts::upstreamFirstByteNanos),
          Map.entry("US_RX_END", Facts::upstreamLastByteNanos),
          Map.entry("DS_TX_BEG", Facts::responseFirstByteSentNanos),
          Map.entry("DS_TX_END", Facts::responseLastByteSentNanos));
  private static final Set<String> NOT_YET = Set.of("US_CX_BEG", "US_CX_END", "US_HS_END");
  private static final Map<String, Long> UNITS = Map.of("ms", 1_000_000L, "us", 1_000L, "ns", 1L);

  static CommonDuration compile(OperatorCall call) throws FormatException {
    List<String> parts = List.of(call.required("START:END:PRECISION").split(":", -1));
    if (parts.size() != 3) {
      throw call.error("argument '" + call.argument() + "' (expected: START:END:PRECISION)");
    }
    Long unit = UNITS.get(parts.get(2));
    if (unit == null) {
      throw call.error("precision '" + parts.get(2) + "' (expected: ms, us or ns)");
    }
    return new CommonDuration(point(call, parts.get(0)), point(call, parts.get(1)), unit);
  }

  private static ToLongFunction<Facts> point(OperatorCall call, String name)
      throws FormatException {
    var point = POINTS.get(name);
    if (point == null && NOT_YET.contains(name)) {
      throw call.error("time point '" + name + "': not supported by Weft yet");
    }
    if (point == null) {
      throw call.error(
          "time point '"
              + name
              + "' (expected: one of "
              + new java.util.TreeSet<>(POINTS.keySet())
              + ")");
    }
    return point;
  }

  @Override
  public boolean write(Facts facts, Line out) {
    long from = start.applyAsLong(facts);
    long to = end.applyAsLong(facts);
    if (from == -1 || to == -1 || to < from) {
      return false;
    }
    out.number((to - from) / unit);
    return true;
  }

  @Override
  public boolean isBareInJson() {
    return true;
  }
}
