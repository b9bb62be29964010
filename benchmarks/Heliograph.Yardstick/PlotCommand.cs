// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Yardstick.Comparison;
using Heliograph.Yardstick.Pictures;

namespace Heliograph.Yardstick;

/// <summary><c>./bench plot</c>: pictures and tables of what was recorded.</summary>
internal sealed class PlotCommand : Command
{
    private readonly Argument<string[]> _files = new("FILE") { Arity = ArgumentArity.OneOrMore, Description = "Recordings, as --record writes them." };
    private readonly Option<string> _images = new("--images") { HelpName = "DIRECTORY", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "docs", "images"), Description = "Where the pictures go. Default: docs/images." };
    private readonly Option<string> _document = new("--document") { HelpName = "FILE", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "docs", "performance.md"), Description = "Whose figures are written anew. Default: docs/performance.md." };

    public PlotCommand() : base("plot", "Draws pictures of recorded runs and writes their figures into a document.")
    {
        Add(_files);
        Add(_images);
        Add(_document);
        SetAction(result => Run(result.GetValue(_files)!, result.GetValue(_images)!, result.GetValue(_document)!));
    }

    /// <summary>Draws and writes.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> files, string images, string document)
    {
        try
        {
            var recording = Recording.Read(files);
            if (recording.Runs.Count == 0) return Refuse($"{string.Join(", ", files)}: there is no run in it that is a result.");
            if (recording.Machines.Count > 1) Console.Error.WriteLine($"the runs are of {recording.Machines.Count} machines or versions, which should not be compared:{Environment.NewLine}{string.Join(Environment.NewLine, recording.Machines)}");
            var pictures = PictureBook.Draw(recording).ToList();
            var links = pictures.Select(picture => $"![{Path.GetFileNameWithoutExtension(picture.Name)}]({Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(document))!, Path.GetFullPath(Path.Combine(images, picture.Name)))})");
            var text = FiguresTable.Into(File.ReadAllText(document), $"{FiguresTable.Write(recording, CompareCommand.Workloads())}\n{string.Join("\n\n", links)}");
            Directory.CreateDirectory(images);
            foreach (var (name, svg) in pictures)
            {
                File.WriteAllText(Path.Combine(images, name), svg);
                Console.WriteLine(Path.Combine(images, name));
            }
            File.WriteAllText(document, text);
            Console.WriteLine(document);
            return 0;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return Refuse(exception.Message);
        }
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine($"error: {why}");
        return 2;
    }
}
