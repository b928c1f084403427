#include "cli/table.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "cli/display_text.h"

namespace syncer {

namespace {

constexpr std::size_t kGap = 2;      // columns of the terminal between two of ours
constexpr std::size_t kReadable = 8; // a flexible column is cut to this before others are touched

constexpr std::size_t kBelow = 4; // what stands below a row is indented by this

std::size_t sum_of(const std::vector<std::size_t>& widths) {
  const std::size_t gaps = widths.empty() ? 0 : kGap * (widths.size() - 1);
  return std::accumulate(widths.begin(), widths.end(), gaps);
}

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

std::vector<std::size_t> Table::natural_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    std::size_t width = display_width(columns_[k].header);
    for (const auto& row : rows_) width = std::max(width, display_width(row[k].text));
    widths.push_back(width);
  }
  return widths;
}

bool Table::last_is_empty() const {
  return std::all_of(rows_.begin(), rows_.end(),
                     [](const auto& row) { return row.back().text.empty(); });
}

std::size_t Table::natural_width() const { return sum_of(natural_widths()); }

std::vector<std::size_t> Table::fitted(std::vector<std::size_t> widths, std::size_t most) const {
  const std::size_t all = sum_of(widths);
  if (most == 0 || all <= most) return widths;
  std::size_t excess = all - most;
  std::vector<std::size_t> readable = widths;
  for (std::size_t k = 0; k < widths.size(); ++k) {
    if (!columns_[k].flexible) continue;
    readable[k] = std::min(widths[k], std::max(display_width(columns_[k].header), kReadable));
  }
  narrow(widths, readable, excess);
  narrow(widths, std::vector<std::size_t>(widths.size(), 1), excess);
  return widths;
}

std::string Table::line(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                        const Terminal& terminal) const {
  std::string line;
  std::size_t blanks = 0; // owed: none stand at the end of a line
  for (std::size_t k = 0; k < widths.size(); ++k) {
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
  std::vector<std::size_t> widths = natural_widths();
  const bool below = columns_.back().below && most > 0 && sum_of(widths) > most;
  if (below || (columns_.back().below && last_is_empty())) widths.pop_back();
  widths = fitted(std::move(widths), most);
  std::vector<Cell> headers(columns_.size());
  for (std::size_t k = 0; k < columns_.size(); ++k) headers[k].text = columns_[k].header;
  const std::string before(indent, ' ');
  const std::string before_below(indent + kBelow, ' ');
  std::string text = before + line(headers, widths, terminal) + "\n";
  for (const auto& row : rows_) {
    text += before + line(row, widths, terminal) + "\n";
    if (!below || row.back().text.empty()) continue;
    for (const std::string& part : wrapped(row.back().text, most > kBelow ? most - kBelow : 1)) {
      text += before_below + part + "\n";
    }
  }
  return text;
}

} // namespace syncer
