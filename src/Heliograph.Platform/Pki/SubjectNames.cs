// SPDX-License-Identifier: Apache-2.0
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Platform.Pki;

/// <summary>The URIs of a certificate's subject alternative names: .NET's own type leaves them out when reading, and adds a slash to a bare trust domain when writing.</summary>
internal static class SubjectNames
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag UriName = new(TagClass.ContextSpecific, 6); // GeneralName.uniformResourceIdentifier, RFC 5280 section 4.2.1.6

    /// <summary>An extension that holds one URI, exactly as given.</summary>
    public static X509Extension OfUri(string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, UriName);
        return new(SubjectAlternativeName, writer.Encode(), critical: false);
    }

    /// <summary>Every URI, as it stands; <see langword="null"/> if the extension is malformed or there twice.</summary>
    public static IReadOnlyList<string>? Uris(X509Certificate2 certificate)
    {
        var extensions = certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName).ToArray();
        if (extensions.Length > 1) return null;
        var uris = new List<string>();
        try
        {
            foreach (var extension in extensions)
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                    if (names.PeekTag().HasSameClassAndValue(UriName)) uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriName));
                    else names.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            return null;
        }
        return uris;
    }
}
