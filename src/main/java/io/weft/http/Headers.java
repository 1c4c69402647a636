package io.weft.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The header fields, or the trailers, of one message: in order, with duplicates, and with the bytes
 * as they were received. Names compare without regard to case. The one mutable part of a message.
 *
 * <p>Belongs to one stream and its thread, and dies with the stream: every access after that throws
 * {@link IllegalStateException}, so that it can never show another client's bytes. Take a {@link
 * #copy()} to keep fields for longer.
 *
 * <p>Fields are places in one array of bytes, laid out as HTTP/1 lines wherever they came from, so
 * that a string is made only when somebody asks for one and that unchanged lines are copied to the
 * wire in one piece.
 */
public final class Headers {
  private static final int STRIDE = 4;
  private static final byte[] DEAD = new byte[0];
  private static final int[] NOWHERE = new int[0];

  private byte[] data;
  private int used;
  private int[] fields;
  private int count;
  private long present;
  private boolean underscore;
  private boolean kept;

  /** No fields yet. */
  public Headers() {
    this(new byte[256], new int[STRIDE * 8]);
  }

  private Headers(byte[] data, int[] fields) {
    this.data = data;
    this.fields = fields;
  }

  /**
   * Fields over bytes that hold a message head; the codec names the places with {@link #place}.
   *
   * @param data taken over, not copied: the first {@code used} bytes are the head
   */
  public static Headers over(byte[] data, int used) {
    var headers = new Headers(data, new int[STRIDE * 16]);
    headers.used = used;
    return headers;
  }

  /**
   * Fields over an array for a head of up to {@code length} bytes, which the codec fills; the array
   * comes from those that the carrier keeps, where the length is a usual one.
   */
  public static Headers forHead(int length, int room) {
    byte[] data =
        length + room <= HeadStorage.BYTES ? HeadStorage.takeBytes() : new byte[length + room];
    var headers = new Headers(data, HeadStorage.takePlaces());
    headers.used = length;
    headers.kept = true;
    return headers;
  }

  /** Fields from names and values in turn. */
  public static Headers of(String... namesAndValues) {
    if ((namesAndValues.length & 1) != 0) {
      throw new IllegalArgumentException("names and values: an odd number of strings");
    }
    var headers = new Headers();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  /** How many fields there are, duplicates counted one by one. */
  public int size() {
    alive();
    return count;
  }

  /** Whether there is no field. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** The name of the field at {@code index} with its case as received. */
  public String name(int index) {
    check(index);
    return text(fields[index * STRIDE], nameLength(index));
  }

  /** The value of the field at {@code index}, one character a byte (ISO-8859-1). */
  public String value(int index) {
    check(index);
    return text(fields[index * STRIDE + 2], fields[index * STRIDE + 3]);
  }

  /** Whether the field at {@code index} has this name. */
  public boolean isNamed(int index, HeaderName name) {
    check(index);
    return matches(index, name);
  }

  /** The first value of the name, or null. */
  public @Nullable String first(HeaderName name) {
    int index = find(name, 0);
    return index < 0 ? null : value(index);
  }

  /** The first value of the name, or null. */
  public @Nullable String first(String name) {
    return first(HeaderName.of(name));
  }

  /** All values of the name in order; empty if there is none. */
  public List<String> all(HeaderName name) {
    List<String> values = new ArrayList<>(2);
    for (int i = find(name, 0); i >= 0; i = find(name, i + 1)) {
      values.add(value(i));
    }
    return values;
  }

  /** All values of the name in order; empty if there is none. */
  public List<String> all(String name) {
    return all(HeaderName.of(name));
  }

  /** Whether there is a field of this name. */
  public boolean contains(HeaderName name) {
    return find(name, 0) >= 0;
  }

  /** Whether there is a field of this name. */
  public boolean contains(String name) {
    return contains(HeaderName.of(name));
  }

  /** The index of the first field of this name at or after {@code from}, or -1. */
  public int find(HeaderName name, int from) {
    alive();
    int number = name.number();
    if (number >= 0 && (present & 1L << number) == 0) {
      return -1;
    }
    for (int i = from; i < count; i++) {
      if (matches(i, name)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether the first value of the name equals the small letters in any case; no string is made.
   */
  public boolean firstEquals(HeaderName name, byte[] small) {
    int index = find(name, 0);
    return index >= 0
        && Tokens.equalsLowerCase(
            data, fields[index * STRIDE + 2], fields[index * STRIDE + 3], small);
  }

  /**
   * Appends a field.
   *
   * @throws IllegalArgumentException if the name is not a token or the value holds a control
   *     character or one above 255
   */
  public Headers add(HeaderName name, String value) {
    return append(name.text(), name.number(), value);
  }

  /** As {@link #add(HeaderName, String)}, with the case of the name kept. */
  public Headers add(String name, String value) {
    return append(name, HeaderName.of(name).number(), value);
  }

  /** Replaces all fields of this name by one, at the place of the first, or at the end. */
  public Headers set(HeaderName name, String value) {
    return replace(name, name.text(), value);
  }

  /** As {@link #set(HeaderName, String)}, with the case of the name kept. */
  public Headers set(String name, String value) {
    return replace(HeaderName.of(name), name, value);
  }

  /** Removes all fields of this name. */
  public Headers remove(HeaderName name) {
    alive();
    if (name.number() >= 0 && (present & 1L << name.number()) == 0) {
      return this;
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (!matches(i, name)) {
        if (kept != i) {
          System.arraycopy(fields, i * STRIDE, fields, kept * STRIDE, STRIDE);
        }
        kept++;
      }
    }
    count = kept;
    if (name.number() >= 0) {
      present &= ~(1L << name.number());
    }
    return this;
  }

  /**
   * Removes all fields of these names; none is there most of the time, and that is seen at once.
   */
  public Headers removeAny(HeaderName.Group names) {
    alive();
    if ((present & names.numbers) != 0) {
      names.removeFrom(this);
    }
    return this;
  }

  /** Removes all fields of this name. */
  public Headers remove(String name) {
    return remove(HeaderName.of(name));
  }

  /** Removes the field at {@code index}; later ones move up. */
  public void removeAt(int index) {
    check(index);
    int number = (fields[index * STRIDE + 1] & 0xff) - 1;
    System.arraycopy(
        fields, (index + 1) * STRIDE, fields, index * STRIDE, (count - index - 1) * STRIDE);
    count--;
    if (number >= 0) {
      present &= ~(1L << number);
      for (int i = 0; i < count; i++) {
        if ((fields[i * STRIDE + 1] & 0xff) - 1 == number) {
          present |= 1L << number;
          return;
        }
      }
    }
  }

  /** Calls {@code action} with each name and value in order. */
  public void forEach(BiConsumer<String, String> action) {
    alive();
    for (int i = 0; i < count; i++) {
      action.accept(name(i), value(i));
    }
  }

  /** Fields of their own with the same names and values, which live as long as wanted. */
  public Headers copy() {
    alive();
    var copy = new Headers(Arrays.copyOf(data, used), Arrays.copyOf(fields, fields.length));
    copy.used = used;
    copy.count = count;
    copy.present = present;
    return copy;
  }

  /**
   * Writes each name with a capital at the start of its words, the rest small (Envoy: proper case).
   */
  public void properCase() {
    alive();
    for (int i = 0; i < count; i++) {
      boolean start = true;
      int from = fields[i * STRIDE];
      for (int at = from; at < from + nameLength(i); at++) {
        int c = data[at];
        boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
        if (letter) {
          data[at] = (byte) (start ? c & ~0x20 : c | 0x20);
        }
        start = !letter && (c < '0' || c > '9');
      }
    }
  }

  /** Takes no more memory than it must from now on, for a stream that lasts. */
  public void trim() {
    alive();
    byte[] bytes = data;
    int[] places = fields;
    data = Arrays.copyOf(bytes, used);
    fields = Arrays.copyOf(places, STRIDE * Math.max(1, count));
    if (kept) {
      kept = false;
      HeadStorage.give(bytes, places);
    }
  }

  /** Ends the life of these fields: from now on every access throws. */
  public void release() {
    if (count < 0) {
      return;
    }
    byte[] bytes = data;
    int[] places = fields;
    data = DEAD;
    fields = NOWHERE;
    count = -1;
    present = 0;
    if (kept) {
      HeadStorage.give(bytes, places);
    }
  }

  /** The sum of name and value bytes plus 4 a field (HTTP/1: colon, space, line end). */
  public int wireLength() {
    alive();
    int length = 0;
    for (int i = 0; i < count; i++) {
      length += nameLength(i) + fields[i * STRIDE + 3] + 4;
    }
    return length;
  }

  /** For codecs: the bytes that the places refer to. */
  public byte[] bytes() {
    return data;
  }

  /** For codecs: where the value of the field at {@code index} starts in {@link #bytes()}. */
  public int valueOffset(int index) {
    return fields[index * STRIDE + 2];
  }

  /** For codecs: how many bytes the value of the field at {@code index} has. */
  public int valueLength(int index) {
    return fields[index * STRIDE + 3];
  }

  /** For codecs: where the name of the field at {@code index} starts in {@link #bytes()}. */
  public int nameOffset(int index) {
    return fields[index * STRIDE];
  }

  /** How many bytes the name of the field at {@code index} has. */
  public int nameLength(int index) {
    return fields[index * STRIDE + 1] >>> 8;
  }

  /** For codecs: takes a field whose checked name and value stand at these places. */
  public void place(int nameOffset, int nameLength, int valueOffset, int valueLength) {
    int number = HeaderName.numberOf(data, nameOffset, nameLength);
    push(nameOffset, nameLength, number, valueOffset, valueLength);
  }

  /**
   * For codecs: makes room for {@code length} bytes behind what is there; returns the index in
   * {@link #bytes()} at which they begin. {@link #placeLine} then takes them.
   */
  public int reserve(int length) {
    alive();
    int end = used + length;
    if (end > data.length) {
      data = Arrays.copyOf(data, Math.max(end, data.length * 2));
    }
    return used;
  }

  /**
   * For codecs: takes the field that was written as an HTTP/1 line where {@link #reserve} said,
   * with a checked name and value.
   *
   * @param number of the name, {@link HeaderName#numberOf}
   */
  public void placeLine(int nameLength, int valueLength, int number) {
    int at = used;
    used = at + nameLength + valueLength + 4;
    push(at, nameLength, number, at + nameLength + 2, valueLength);
  }

  /** For codecs: the number of the name at {@code index}, {@link HeaderName#UNKNOWN} for none. */
  public int number(int index) {
    return (fields[index * STRIDE + 1] & 0xff) - 1;
  }

  /** For codecs: bytes behind {@code length} are not the head's; fields added take their place. */
  public void truncate(int length) {
    used = length;
  }

  /** For codecs: a name holds an underscore, which some servers take for a hyphen. */
  public void markUnderscore() {
    underscore = true;
  }

  /** Whether a name holds an underscore, as far as a codec has looked. */
  public boolean hasUnderscore() {
    return underscore;
  }

  /** Appends a field whose value is ASCII that needs no check. */
  public Headers addAscii(HeaderName name, byte[] value) {
    return append(name.text(), name.number(), "", value);
  }

  /**
   * For codecs: writes the fields as HTTP/1 lines from {@code index} of {@code out}, which must
   * have {@link #wireLength()} bytes of room. Neighbouring lines that were never touched are copied
   * in one piece.
   *
   * @return the index behind the last byte written
   */
  public int writeLines(ByteBuffer out, int index) {
    alive();
    int at = index;
    int i = 0;
    while (i < count) {
      int nameOffset = fields[i * STRIDE];
      int valueOffset = fields[i * STRIDE + 2];
      int end = valueOffset + fields[i * STRIDE + 3];
      if (valueOffset != nameOffset + nameLength(i) + 2 || !isLineEnd(end)) {
        at = writeLine(out, at, i++);
        continue;
      }
      int next = i + 1;
      while (next < count && fields[next * STRIDE] == end + 2 && isWholeLine(next)) {
        end = fields[next * STRIDE + 2] + fields[next * STRIDE + 3];
        next++;
      }
      int length = end + 2 - nameOffset;
      out.put(at, data, nameOffset, length);
      at += length;
      i = next;
    }
    return at;
  }

  private boolean isWholeLine(int i) {
    int valueOffset = fields[i * STRIDE + 2];
    return valueOffset == fields[i * STRIDE] + nameLength(i) + 2
        && isLineEnd(valueOffset + fields[i * STRIDE + 3]);
  }

  private boolean isLineEnd(int at) {
    return at + 1 < used && data[at] == '\r' && data[at + 1] == '\n';
  }

  private int writeLine(ByteBuffer out, int index, int i) {
    int at = index;
    int nameLength = nameLength(i);
    int valueLength = fields[i * STRIDE + 3];
    out.put(at, data, fields[i * STRIDE], nameLength);
    at += nameLength;
    out.put(at++, (byte) ':');
    out.put(at++, (byte) ' ');
    out.put(at, data, fields[i * STRIDE + 2], valueLength);
    at += valueLength;
    out.put(at++, (byte) '\r');
    out.put(at++, (byte) '\n');
    return at;
  }

  private Headers replace(HeaderName name, String spelled, String value) {
    int first = find(name, 0);
    if (first < 0) {
      return append(spelled, name.number(), value);
    }
    append(spelled, name.number(), value);
    count--;
    System.arraycopy(fields, count * STRIDE, fields, first * STRIDE, STRIDE);
    int kept = first + 1;
    for (int i = first + 1; i < count; i++) {
      if (!matches(i, name)) {
        System.arraycopy(fields, i * STRIDE, fields, kept * STRIDE, STRIDE);
        kept++;
      }
    }
    count = kept;
    return this;
  }

  private Headers append(String name, int number, String value) {
    checkValue(name, value);
    return append(name, number, value, null);
  }

  /** Lays the field down as an HTTP/1 line behind what is there. */
  private Headers append(String name, int number, String value, byte @Nullable [] ascii) {
    alive();
    int nameLength = name.length();
    int valueLength = ascii == null ? value.length() : ascii.length;
    int at = used;
    int end = at + nameLength + valueLength + 4;
    if (end > data.length) {
      data = Arrays.copyOf(data, Math.max(end, data.length * 2));
    }
    latin1(name, at);
    data[at + nameLength] = ':';
    data[at + nameLength + 1] = ' ';
    if (ascii == null) {
      latin1(value, at + nameLength + 2);
    } else {
      System.arraycopy(ascii, 0, data, at + nameLength + 2, valueLength);
    }
    data[end - 2] = '\r';
    data[end - 1] = '\n';
    used = end;
    push(at, nameLength, number, at + nameLength + 2, valueLength);
    return this;
  }

  @SuppressWarnings(
      "deprecation") // the one call that copies Latin-1 characters with no other array
  private void latin1(String text, int at) {
    text.getBytes(0, text.length(), data, at);
  }

  private static void checkValue(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c > 255 || !Tokens.isValueByte((byte) c)) {
        throw new IllegalArgumentException(
            "header "
                + name
                + ": character "
                + (int) c
                + " at index "
                + i
                + " of the value (expected: visible characters, space, tab)");
      }
    }
  }

  private void push(int nameOffset, int nameLength, int number, int valueOffset, int valueLength) {
    int at = count * STRIDE;
    if (at == fields.length) {
      fields = Arrays.copyOf(fields, at * 2);
    }
    fields[at] = nameOffset;
    fields[at + 1] = nameLength << 8 | (number + 1);
    fields[at + 2] = valueOffset;
    fields[at + 3] = valueLength;
    count++;
    if (number >= 0) {
      present |= 1L << number;
    }
  }

  private boolean matches(int index, HeaderName name) {
    int packed = fields[index * STRIDE + 1];
    int number = (packed & 0xff) - 1;
    if (number >= 0 || name.number() >= 0) {
      return number == name.number();
    }
    return name.spelledBy(data, fields[index * STRIDE], packed >>> 8);
  }

  private String text(int offset, int length) {
    return new String(data, offset, length, StandardCharsets.ISO_8859_1);
  }

  private void check(int index) {
    alive();
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("field " + index + " of " + count);
    }
  }

  private void alive() {
    if (count < 0) {
      throw new IllegalStateException("headers used after their stream ended (copy() keeps them)");
    }
  }

  /** All fields, a line each; for messages and debugging, never for the wire. */
  @Override
  public String toString() {
    if (count < 0) {
      return "(ended)";
    }
    var text = new StringBuilder();
    forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
    return text.toString();
  }
}
