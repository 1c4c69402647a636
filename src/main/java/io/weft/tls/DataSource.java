package io.weft.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a configuration, in it or in a file that may change (Envoy: DataSource). It prints as
 * where they are, never as what they are.
 */
final class DataSource {
  static final DataSource NONE = new DataSource(new byte[0], null);

  /** A key, a chain or a bundle is far smaller; something else of that size is a mistake. */
  private static final int MAX_BYTES = 16 << 20;

  private final byte[] inline;
  private final @Nullable Path file;

  private DataSource(byte[] inline, @Nullable Path file) {
    this.inline = inline;
    this.file = file;
  }

  static DataSource inline(byte[] bytes) {
    return new DataSource(bytes, null);
  }

  static DataSource file(Path file) {
    return new DataSource(new byte[0], file);
  }

  boolean isSet() {
    return file != null || inline.length > 0;
  }

  /** Where it is, null if it is in the configuration. */
  @Nullable Path path() {
    return file;
  }

  /**
   * Whether it is a file that others than its owner may read. False where the system knows no such
   * thing, or no such file.
   */
  boolean isReadableByOthers() {
    Path at = file;
    if (at == null) {
      return false;
    }
    try {
      Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(at);
      return allowed.contains(PosixFilePermission.GROUP_READ)
          || allowed.contains(PosixFilePermission.OTHERS_READ);
    } catch (UnsupportedOperationException | IOException e) {
      return false;
    }
  }

  /** A copy of the bytes, the caller's to wipe. Reads the file. */
  byte[] read() throws IOException {
    Path at = file;
    if (at == null) {
      return inline.clone();
    }
    try {
      if (Files.size(at) > MAX_BYTES) {
        throw new IOException("more than " + MAX_BYTES + " bytes");
      }
      return Files.readAllBytes(at);
    } catch (NoSuchFileException e) {
      throw new IOException(at + ": there is no such file", e);
    } catch (IOException e) {
      throw new IOException(at + ": cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return file == null ? "inline" : file.toString();
  }
}
