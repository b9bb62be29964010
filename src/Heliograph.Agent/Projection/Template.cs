// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Encodings.Web;

namespace Heliograph.Agent.Projection;

/// <summary>A text with places for settings: <c>{{KEY}}</c>, <c>{{KEY ?? what to write without it}}</c>, <c>{{json KEY}}</c>. There is no logic in it: what needs some belongs into a setting.</summary>
internal sealed class Template
{
    private const string Open = "{{", Close = "}}", Fallback = "??", AsJson = "json ";

    private readonly string _path, _text;

    private Template(string path, string text) => (_path, _text) = (path, text);

    /// <summary>Reads a template.</summary>
    /// <exception cref="RenderingException">It cannot be read, or is too large.</exception>
    public static Template Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > ProjectionOptions.FileBytesMax) throw new RenderingException($"The template {path} has more than {ProjectionOptions.FileBytesMax} bytes.");
            return new(path, File.ReadAllText(path, Encoding.UTF8));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RenderingException($"The template {path} cannot be read: {exception.Message}");
        }
    }

    /// <summary>The text with settings in their places.</summary>
    /// <exception cref="RenderingException">A place has no end, or a setting is not there and has nothing to be written without it.</exception>
    public string Render(IReadOnlyDictionary<string, string> settings)
    {
        var rendered = new StringBuilder(_text.Length);
        var missing = new List<string>();
        var rest = _text.AsSpan();
        for (var open = rest.IndexOf(Open, StringComparison.Ordinal); open >= 0; open = rest.IndexOf(Open, StringComparison.Ordinal))
        {
            rendered.Append(rest[..open]);
            rest = rest[(open + Open.Length)..];
            var close = rest.IndexOf(Close, StringComparison.Ordinal);
            if (close < 0) throw new RenderingException($"{_path}: '{Open}' without '{Close}' after it.");
            rendered.Append(Place(rest[..close].ToString(), settings, missing));
            rest = rest[(close + Close.Length)..];
        }
        if (missing.Count > 0) throw new RenderingException($"{_path}: there is no setting {string.Join(", ", missing.Distinct(StringComparer.Ordinal).Take(10).Select(key => $"'{key}'"))}, and nothing to write without it ({Open}KEY {Fallback} text{Close}).");
        return rendered.Append(rest).ToString();
    }

    private static string Place(string place, IReadOnlyDictionary<string, string> settings, List<string> missing)
    {
        var split = place.IndexOf(Fallback, StringComparison.Ordinal);
        var (key, without) = split < 0 ? (place.Trim(), null) : (place[..split].Trim(), place[(split + Fallback.Length)..].Trim());
        var isJson = key.StartsWith(AsJson, StringComparison.Ordinal);
        if (isJson) key = key[AsJson.Length..].Trim();
        if (!settings.TryGetValue(key, out var value) && (value = without) is null)
        {
            missing.Add(key);
            return "";
        }
        return isJson ? $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)}\"" : value;
    }
}
