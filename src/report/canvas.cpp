#include "report/canvas.hpp"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <pango/pangocairo.h>

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.hpp"
#include "base/whole_file.hpp"
#include "report/fonts.hpp"
#include "report/short_text.hpp"

namespace replearn::report {
namespace {

cairo_status_t append(void* bytes, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

/// For PNG, PDF and SVG; Verdana has nearly the widths of DejaVu Sans.
constexpr const char* font_families = "DejaVu Sans, Verdana, Arial, Helvetica, sans-serif";
constexpr double outline_width = 2.2;

/// A line of text, laid out at a font size in points.
class Layout {
 public:
  Layout(cairo_t* context, const std::string& text, double size, bool bold)
      : layout_((add_installed_fonts(), pango_cairo_create_layout(context))) {
    // Without hints, letters are as far apart at every resolution as the font wants.
    cairo_font_options_t* rendering = cairo_font_options_create();
    cairo_font_options_set_hint_style(rendering, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(rendering, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(rendering, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(pango_layout_get_context(layout_), rendering);
    cairo_font_options_destroy(rendering);
    pango_context_set_round_glyph_positions(pango_layout_get_context(layout_), FALSE);
    pango_layout_set_single_paragraph_mode(layout_, TRUE);
    PangoFontDescription* font = pango_font_description_new();
    pango_font_description_set_family(font, font_families);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout_, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout_, text.c_str(), static_cast<int>(text.size()));
  }
  ~Layout() { g_object_unref(layout_); }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  TextSize size() const {
    int width = 0, height = 0;
    pango_layout_get_size(layout_, &width, &height);
    return {static_cast<double>(width) / PANGO_SCALE, static_cast<double>(height) / PANGO_SCALE};
  }
  double baseline() const { return static_cast<double>(pango_layout_get_baseline(layout_)) / PANGO_SCALE; }
  PangoLayout* get() const { return layout_; }

 private:
  PangoLayout* layout_;
};

std::string escaped_for_xml(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      result += c;
    }
  }
  return result;
}

/// An element of SVG that is placed like text drawn by cairo.
std::string svg_text(const cairo_matrix_t& place, const Layout& layout, const std::string& text, double size, bool bold,
                     Color color, double opacity, bool outlined) {
  const std::string outline = outlined ? fmt::format(" stroke=\"#ffffff\" stroke-width=\"{}\" stroke-opacity=\"0.85\" "
                                                     "stroke-linejoin=\"round\" paint-order=\"stroke\"",
                                                     outline_width)
                                       : "";
  return fmt::format(
      "<text transform=\"matrix({:.4f} {:.4f} {:.4f} {:.4f} {:.3f} {:.3f})\" y=\"{:.3f}\" textLength=\"{:.3f}\" "
      "lengthAdjust=\"spacingAndGlyphs\" font-family=\"{}\" font-size=\"{:.3f}\"{} "
      "xml:space=\"preserve\" fill=\"#{:02x}{:02x}{:02x}\" fill-opacity=\"{:.3f}\"{}>{}</text>\n",
      place.xx, place.yx, place.xy, place.yy, place.x0, place.y0, layout.baseline(), layout.size().width, font_families,
      size, bold ? " font-weight=\"bold\"" : "", color.red, color.green, color.blue, opacity, outline,
      escaped_for_xml(text));
}

}  // namespace

Canvas::Canvas(const std::string& path, double width, double height, double dots_per_inch)
    : path_(path), pixels_per_point_(300.0 / 72) {
  const std::string suffix = std::filesystem::path(path).extension().string();
  if (suffix == ".png") {
    png_ = true;
    pixels_per_point_ = dots_per_inch / 72;
    surface_ = cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::lround(width * pixels_per_point_)),
                                          static_cast<int>(std::lround(height * pixels_per_point_)));
    cairo_surface_set_device_scale(surface_, pixels_per_point_, pixels_per_point_);
  } else if (suffix == ".svg") {
    svg_ = true;
    surface_ = cairo_svg_surface_create_for_stream(append, &bytes_, width, height);
    cairo_svg_surface_set_document_unit(surface_, CAIRO_SVG_UNIT_PT);
  } else if (suffix == ".pdf") {
    surface_ = cairo_pdf_surface_create_for_stream(append, &bytes_, width, height);
  } else {
    throw InputError(path, "", "'" + suffix + "' is not a supported image format",
                     "use the extension .png, .svg or .pdf");
  }
  if (cairo_surface_status(surface_) != CAIRO_STATUS_SUCCESS) {
    const std::string why = cairo_status_to_string(cairo_surface_status(surface_));
    cairo_surface_destroy(surface_);
    throw InputError(path, "", "no image of this size can be created: " + why, "choose a smaller one");
  }
  context_ = cairo_create(surface_);
  cairo_set_source_rgb(context_, 1, 1, 1);
  cairo_paint(context_);
}

Canvas::~Canvas() {
  cairo_destroy(context_);
  cairo_surface_destroy(surface_);
}

void Canvas::set_color(Color color, double opacity) {
  color_ = color;
  opacity_ = opacity;
  cairo_set_source_rgba(context_, color.red / 255.0, color.green / 255.0, color.blue / 255.0, opacity);
}

TextSize Canvas::text_size(const std::string& text, double size, bool bold) {
  cairo_surface_t* recording = cairo_recording_surface_create(CAIRO_CONTENT_COLOR, nullptr);
  cairo_t* context = cairo_create(recording);
  const TextSize result = Layout(context, text, size, bold).size();
  cairo_destroy(context);
  cairo_surface_destroy(recording);
  return result;
}

void Canvas::text(double x, double y, const std::string& text, double size, bool bold, Align align, double max_width,
                  double turned) {
  draw_text(x, y, max_width > 0 ? shortened(text, size, bold, max_width) : text, size, bold, align, turned, false);
}

void Canvas::outlined_text(double x, double y, const std::string& text, double size, bool bold, Align align) {
  draw_text(x, y, text, size, bold, align, 0, true);
}

void Canvas::draw_text(double x, double y, const std::string& text, double size, bool bold, Align align, double turned,
                       bool outlined) {
  if (text.empty()) return;
  Layout layout(context_, text, size, bold);
  const double width = layout.size().width;
  cairo_save(context_);
  cairo_translate(context_, x, y);
  cairo_rotate(context_, turned);
  cairo_translate(context_, align == Align::left ? 0 : align == Align::center ? -width / 2 : -width, 0);
  if (svg_) {
    cairo_matrix_t place;
    cairo_get_matrix(context_, &place);
    svg_texts_ += svg_text(place, layout, text, size, bold, color_, opacity_, outlined);
  } else {
    if (outlined) {
      cairo_move_to(context_, 0, 0);
      pango_cairo_layout_path(context_, layout.get());
      cairo_set_source_rgba(context_, 1, 1, 1, 0.85);
      cairo_set_line_width(context_, outline_width);
      cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
      cairo_stroke(context_);
      set_color(color_, opacity_);
    }
    cairo_move_to(context_, 0, 0);
    pango_cairo_show_layout(context_, layout.get());
    cairo_new_path(context_);  // else the next arc begins with a line from here
  }
  cairo_restore(context_);
}

void Canvas::save() {
  if (png_) {
    cairo_surface_write_to_png_stream(surface_, append, &bytes_);
  } else {
    cairo_surface_finish(surface_);
  }
  if (svg_) {
    const auto end = bytes_.rfind("</svg>");
    bytes_.insert(std::min(end, bytes_.size()), svg_texts_);
  }
  if (cairo_status(context_) != CAIRO_STATUS_SUCCESS) {
    throw SystemError(path_ + ": " + cairo_status_to_string(cairo_status(context_)));
  }
  write_whole_file(path_, bytes_);
}

}  // namespace replearn::report
