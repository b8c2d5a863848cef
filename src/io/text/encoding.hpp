#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace replearn::io {

/// Character encoding and line ends of a text, where they differ from UTF-8 with "\n" or "\r\n".
enum class Recoding { none, utf16_little, utf16_big, utf32_little, utf32_big, carriage_returns };

/// Detects the encoding from the first bytes of a text: a byte order mark of UTF-16 or UTF-32, zeros in every other
/// byte or in two of four, or "\r" alone as line end (as spreadsheets for the Mac write). Local.
Recoding find_recoding(std::string_view start);
/// UTF-16 or UTF-32, which must be read from the start.
bool is_wide(Recoding recoding);
/// "UTF-16", for messages.
const char* name_of(Recoding recoding);

/// Converts UTF-16 or UTF-32 to UTF-8 in pieces and drops the byte order mark. One rank.
class WideDecoder {
 public:
  explicit WideDecoder(Recoding recoding);
  /// Returns all complete characters so far and keeps the rest for the next piece. Throws std::invalid_argument for
  /// invalid bytes.
  std::string decode(std::string_view bytes);

 private:
  struct Close {
    void operator()(void* converter) const;
  };
  std::unique_ptr<void, Close> converter_;
  std::string rest_;
  bool begun_ = false;
};

}  // namespace replearn::io
