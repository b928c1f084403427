#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace syncer {

// One sample of a scrape. `family` is the name without _bucket, _sum or _count where the exposition
// says that it is a histogram.
struct Sample {
  std::string family;
  std::map<std::string, std::string> labels;
  double value = 0;
};

inline std::vector<Sample> samples_of(const std::string& exposition) {
  std::vector<Sample> samples;
  std::map<std::string, std::string> types;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const std::size_t end = line.find(' ', 7);
      types[line.substr(7, end - 7)] = line.substr(end + 1);
    }
    if (line.starts_with("#")) continue;
    Sample sample;
    const std::size_t space = line.rfind(' ');
    sample.value = std::stod(line.substr(space + 1));
    const std::size_t open = line.find('{');
    sample.family = line.substr(0, std::min(open, space));
    for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
      const std::string stem = sample.family.substr(
          0, sample.family.size() - std::min(sample.family.size(), suffix.size()));
      if (sample.family.ends_with(suffix) && types[stem] == "histogram") sample.family = stem;
    }
    if (open != std::string::npos) {
      std::string pairs = line.substr(open + 1, line.rfind('}') - open - 1);
      while (!pairs.empty()) {
        const std::size_t equals = pairs.find("=\"");
        const std::size_t end = pairs.find('"', equals + 2);
        sample.labels[pairs.substr(0, equals)] = pairs.substr(equals + 2, end - equals - 2);
        pairs.erase(0, end + 1);
        if (pairs.starts_with(",")) pairs.erase(0, 1);
      }
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

} // namespace syncer
