#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace syncer {

// Rows under headers. Columns are as wide as their widest cell; where the terminal is narrower, the
// widest flexible ones are cut, and the others only if that is not enough. Nothing is cut where the
// width is unbounded.
class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string header;
    Align align = Align::kLeft;
    bool flexible = false; // may be cut
    // Of the last column: where all of it does not fit beside the others, it is wrapped below them;
    // left out if nothing is in it.
    bool below = false;
  };
  struct Cell {
    std::string text; // shown as printable
    std::optional<Colour> colour = std::nullopt;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Cells that are missing at the end are empty.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  // Columns of the terminal that it takes uncut.
  std::size_t natural_width() const;
  // Headers and rows, one per line, each after `indent` blanks; nothing without rows.
  std::string text(const Terminal& terminal, std::size_t indent = 0) const;

 private:
  std::vector<std::size_t> natural_widths() const;
  bool last_is_empty() const;
  std::vector<std::size_t> fitted(std::vector<std::size_t> widths, std::size_t most) const;
  std::string line(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                   const Terminal& terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

} // namespace syncer
