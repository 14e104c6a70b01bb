import Diagnostics
import Foundation
import Synchronization

/// Writes scalars and pictures to an event file that TensorBoard reads.
///
/// Writing never throws and never ends a run: what cannot be written is kept and written later. The
/// first failure is passed to `onFailure`, and what was lost is when the file is closed.
///
/// - Source: TFRecord framing (tensorflow/core/lib/io/record_writer.h) around `Event` messages
///   (tensorboard/compat/proto/event.proto, summary.proto); the field names are at each line.
public final class TensorBoardWriter: Sendable {
  /// The event file.
  public var url: URL { file.url }
  private let file: AppendingFile
  /// Numbers the files that one process opens, so that two opened in the same second differ.
  private static let opened = Atomic<Int>(0)

  /// Creates a new event file in a folder; TensorBoard joins all files of a folder.
  ///
  /// - Parameters:
  ///   - folder: the folder; it must exist.
  ///   - step: on resume, the next step to be written; events in older files from this step on are
  ///     hidden. `nil` for a new run.
  ///   - time: when the file is opened.
  ///   - onFailure: called with the reason when events cannot be written, and when some were lost.
  /// - Throws: ``PeregrineError`` `.io` when the file cannot be created.
  public init(
    folder: URL, startingAt step: Int? = nil, time: Date = Date(),
    onFailure: @escaping @Sendable (PeregrineError) -> Void = { _ in }
  ) throws {
    let number = Self.opened.wrappingAdd(1, ordering: .relaxed).oldValue
    let process = ProcessInfo.processInfo
    let seconds = String(format: "%010d", Int(time.timeIntervalSince1970))
    file = try AppendingFile(
      folder.appendingPathComponent(
        "events.out.tfevents.\(seconds).\(process.hostName).\(process.processIdentifier).\(number)"),
      onFailure: onFailure)
    file.append(Self.record(Self.header(time: time)))
    if let step { file.append(Self.record(Self.restart(step: step, time: time))) }
  }

  /// Adds a number to the curve `tag`.
  public func scalar(_ tag: String, _ value: Double, step: Int, time: Date = Date()) {
    let event = Self.event(step: step, time: time) { summaryValue in
      summaryValue.string(1, tag)  // Summary.Value.tag
      summaryValue.float(2, Float(value))  // Summary.Value.simple_value
    }
    file.append(Self.record(event))
  }

  /// Adds a picture under `tag`.
  ///
  /// - Parameters:
  ///   - png: the bytes of a PNG file, RGB.
  ///   - width: its width in pixels.
  ///   - height: its height in pixels.
  public func image(
    _ tag: String, png: Data, width: Int, height: Int, step: Int, time: Date = Date()
  ) {
    let event = Self.event(step: step, time: time) { summaryValue in
      summaryValue.string(1, tag)  // Summary.Value.tag
      summaryValue.message(4) { image in  // Summary.Value.image
        image.integer(1, height)
        image.integer(2, width)
        image.integer(3, 3)  // colorspace: RGB
        image.data(4, png)
      }
    }
    file.append(Self.record(event))
  }

  /// Closes the file; later events are dropped.
  public func close() { file.close() }

  /// The first event of every file.
  static func header(time: Date) -> Data {
    var event = ProtobufMessage()
    event.double(1, time.timeIntervalSince1970)  // Event.wall_time
    event.string(3, "brain.Event:2")  // Event.file_version
    return event.bytes
  }

  /// The event that hides the events of older files from `step` on.
  static func restart(step: Int, time: Date) -> Data {
    var event = ProtobufMessage()
    event.double(1, time.timeIntervalSince1970)  // Event.wall_time
    event.integer(2, step)  // Event.step
    event.message(7) { $0.integer(1, 1) }  // Event.session_log.status = START
    return event.bytes
  }

  /// An event with one summary value.
  static func event(step: Int, time: Date, _ value: (inout ProtobufMessage) -> Void) -> Data {
    var event = ProtobufMessage()
    event.double(1, time.timeIntervalSince1970)  // Event.wall_time
    event.integer(2, step)  // Event.step
    event.message(5) { $0.message(1, value) }  // Event.summary.value
    return event.bytes
  }

  /// TFRecord framing: length, checksum of the length, data, checksum of the data.
  static func record(_ data: Data) -> Data {
    var length = Data()
    length.append(littleEndian: UInt64(data.count))
    var record = length
    record.append(littleEndian: CRC32C.masked(length))
    record.append(data)
    record.append(littleEndian: CRC32C.masked(data))
    return record
  }
}
