#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace replearn::io {

/// How the letters and line ends of a text are written, where they are not UTF-8 with "\n" or "\r\n".
enum class Recoding { none, utf16_little, utf16_big, carriage_returns };

/// Looks at the first bytes of a text: a byte order mark of UTF-16 or zeros in every other byte; "\r" alone at the ends
/// of lines, as spreadsheets for the Mac write. Local.
Recoding find_recoding(std::string_view start);

/// Turns UTF-16 into UTF-8 piece by piece, without its byte order mark. One rank.
class Utf16Decoder {
 public:
  explicit Utf16Decoder(bool big_endian);
  /// The text of all whole letters so far; what is left over waits for the next piece. Throws std::invalid_argument for
  /// bytes that are no UTF-16.
  std::string decode(std::string_view bytes);

 private:
  struct Close {
    void operator()(void* converter) const;
  };
  std::unique_ptr<void, Close> converter_;
  std::string rest_;
  bool begun_ = false;
};

/// Whether a text is valid UTF-8. Local.
bool is_utf8(std::string_view text);

/// The UTF-8 of a text in Windows-1252, the superset of Latin-1 that spreadsheets write. Local.
std::string from_latin1(std::string_view text);

}  // namespace replearn::io
