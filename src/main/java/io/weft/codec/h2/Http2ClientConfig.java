package io.weft.codec.h2;

/**
 * How a client speaks HTTP/2.
 *
 * @param options what both sides can be told
 * @param maxHeaders fields a response may have
 * @param maxHeaderBytes what they may take together, 32 bytes counted for each besides its own
 * @param bufferBytes bytes of one stream that may be kept; its window is not larger
 */
public record Http2ClientConfig(
    Http2Options options, int maxHeaders, int maxHeaderBytes, int bufferBytes) {}
