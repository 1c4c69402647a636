package io.weft.format;

/** One {@code %OPERATOR(args):length%} of a format, compiled. Immutable and shared. */
interface Operator {
  /**
   * Appends the fact to {@code out}, escaped as {@code out} says.
   *
   * @return false if the fact is absent: nothing was appended
   */
  boolean write(Facts facts, Line out);

  /** Whether a JSON line shows the value bare: a number, or JSON already. */
  default boolean isBareInJson() {
    return false;
  }

  /** As {@link #write}, for an operator that is bare in JSON. */
  default boolean writeBare(Facts facts, Line out) {
    return write(facts, out);
  }
}
