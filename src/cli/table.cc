#include "cli/table.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "cli/display_text.h"

namespace syncer {

namespace {

constexpr std::size_t kGap = 2;      // columns of the terminal between two of ours
constexpr std::size_t kReadable = 8; // a flexible column is cut to this before others are touched

// Takes columns away from the widest of those that are wider than they need to be, one by one.
void narrow(std::vector<std::size_t>& widths, const std::vector<std::size_t>& least,
            std::size_t& excess) {
  for (; excess > 0; --excess) {
    std::size_t* widest = nullptr;
    for (std::size_t k = 0; k < widths.size(); ++k) {
      if (widths[k] > least[k] && (widest == nullptr || widths[k] > *widest)) widest = &widths[k];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

} // namespace

void Table::add(std::vector<Cell> row) {
  assert(row.size() <= columns_.size());
  row.resize(columns_.size());
  for (Cell& cell : row) cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t most) const {
  std::vector<std::size_t> widths;
  std::vector<std::size_t> readable;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const std::size_t header = display_width(columns_[k].header);
    std::size_t width = header;
    for (const auto& row : rows_) width = std::max(width, display_width(row[k].text));
    widths.push_back(width);
    readable.push_back(columns_[k].flexible ? std::min(width, std::max(header, kReadable)) : width);
  }
  if (most == 0) return widths;
  const std::size_t all = std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
                          kGap * (widths.empty() ? 0 : widths.size() - 1);
  std::size_t excess = all > most ? all - most : 0;
  narrow(widths, readable, excess);
  narrow(widths, std::vector<std::size_t>(widths.size(), 1), excess);
  return widths;
}

std::string Table::line(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                        const Terminal& terminal) const {
  std::string line;
  std::size_t blanks = 0; // owed: none stand at the end of a line
  for (std::size_t k = 0; k < row.size(); ++k) {
    const std::string shown = cut_to_width(row[k].text, widths[k], terminal.unicode ? "…" : "~");
    const std::size_t padding = widths[k] - display_width(shown);
    const bool right = columns_[k].align == Align::kRight;
    if (right) blanks += padding;
    if (!shown.empty()) {
      line.append(blanks, ' ');
      line += row[k].colour ? in_colour(*row[k].colour, shown, terminal) : shown;
      blanks = 0;
    }
    blanks += (right ? 0 : padding) + kGap;
  }
  return line;
}

std::string Table::text(const Terminal& terminal, std::size_t indent) const {
  if (rows_.empty()) return "";
  // The narrowest table there is still has a character of each column.
  const std::size_t most = terminal.width == 0       ? 0
                           : terminal.width > indent ? terminal.width - indent
                                                     : 1;
  const std::vector<std::size_t> widths = this->widths(most);
  std::vector<Cell> headers(columns_.size());
  for (std::size_t k = 0; k < columns_.size(); ++k) headers[k].text = columns_[k].header;
  const std::string before(indent, ' ');
  std::string text = before + line(headers, widths, terminal) + "\n";
  for (const auto& row : rows_) text += before + line(row, widths, terminal) + "\n";
  return text;
}

} // namespace syncer
