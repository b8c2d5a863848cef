#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace replearn::io {

/// How the letters and line ends of a text are written, where they are not UTF-8 with "\n" or "\r\n".
enum class Recoding { none, utf16_little, utf16_big, utf32_little, utf32_big, carriage_returns };

/// Looks at the first bytes of a text: a byte order mark of UTF-16 or UTF-32, or zeros in every other byte or in two of
/// four; "\r" alone at the ends of lines, as spreadsheets for the Mac write. Local.
Recoding find_recoding(std::string_view start);
/// UTF-16 or UTF-32, which has no middle that a reader could start at.
bool is_wide(Recoding recoding);
/// "UTF-16", for messages.
const char* name_of(Recoding recoding);

/// Turns UTF-16 or UTF-32 into UTF-8 piece by piece, without its byte order mark. One rank.
class WideDecoder {
 public:
  explicit WideDecoder(Recoding recoding);
  /// The text of all whole letters so far; what is left over waits for the next piece. Throws std::invalid_argument for
  /// bytes that are none.
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
