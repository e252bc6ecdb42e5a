import Foundation
import PageSamples
import Pages
import Pictures

/// Writes every sample page into a folder, to be looked at in a browser.
@main
enum PagesPreview {
  static func main() throws {
    guard CommandLine.arguments.count == 3 else {
      print("Give the folder for the pages and the folder with style.css and app.js.")
      return
    }
    let folder = URL(filePath: CommandLine.arguments[1], directoryHint: .isDirectory)
    let assets = URL(filePath: CommandLine.arguments[2], directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["style.css", "app.js"] {
      try Data(contentsOf: assets.appending(path: name)).write(to: folder.appending(path: name))
    }
    let samples = Samples()
    for (name, page) in samples.all {
      try Data(page.page()).write(to: folder.appending(path: "\(name).html"))
    }
    let style = try String(contentsOf: assets.appending(path: "style.css"), encoding: .utf8)
    let report = StandaloneReport(samples.result, styleSheet: style)
    try Data(report.file()).write(to: folder.appending(path: "standalone-report.html"))
    try Data(samples.result.picture.file()).write(to: folder.appending(path: "intervals.svg"))
    print("\(samples.all.count) pages written.")
  }
}
