"""A tokenizer of seqkit whose tokens are jamo, the letters that Hangul syllables are written with."""

from seqkit_jamo.jamo import JamoTokenizer

__all__ = ["JamoTokenizer"]
