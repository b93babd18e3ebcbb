//! Enums on the wire whose variant is named by a field, the tag, among the variant's own.
//!
//! Written as serde writes them, but read in one pass. serde would copy all of a map before it looks
//! for the tag, and once more where another such enum is in it; here the variant's fields are read
//! as they come once the tag is known, and both sides write it first. Elsewhere in the map it is
//! found as well, at the cost of such a copy of what is before it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::vec;

use serde::de::value::{EnumAccessDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IgnoredAny, IntoDeserializer, MapAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Defines an enum with a tag; the name is said twice because serde wants it as text.
macro_rules! tagged {
    (
        #[tag = $tag:literal, name = $name_text:literal]
        $(#[$attribute:meta])*
        pub enum $name:ident { $($variants:tt)* }
    ) => {
        $(#[$attribute])*
        #[derive(serde::Serialize)]
        #[serde(tag = $tag, rename_all = "snake_case")]
        pub enum $name { $($variants)* }

        const _: () = {
            /// The same without the tag, which is how serde reads a variant by its name.
            #[derive(serde::Deserialize)]
            #[serde(remote = $name_text, rename_all = "snake_case")]
            enum Variants { $($variants)* }

            impl<'de> $crate::tagged::Tagged<'de> for $name {
                const TAG: &'static str = $tag;

                fn read<D: serde::Deserializer<'de>>(variant: D) -> Result<Self, D::Error> {
                    Variants::deserialize(variant)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    $crate::tagged::deserialize(deserializer)
                }
            }
        };
    };
}
pub(crate) use tagged;

/// What [`tagged!`] defines.
pub(crate) trait Tagged<'de>: Sized {
    /// The field that names the variant.
    const TAG: &'static str;

    /// Reads the variant, which is given as serde gives an enum's.
    fn read<D: Deserializer<'de>>(variant: D) -> Result<Self, D::Error>;
}

pub(crate) fn deserialize<'de, T: Tagged<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_map(Whole(PhantomData))
}

/// Takes a map with a tag in it.
struct Whole<T>(PhantomData<T>);

impl<'de, T: Tagged<'de>> Visitor<'de> for Whole<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map with the field `{}`", T::TAG)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut before = Vec::new();
        while let Some(Text(key)) = map.next_key()? {
            if key == T::TAG {
                let Text(name) = map.next_value()?;
                let fields = Fields { before: before.into_iter(), value: None, rest: map };
                return T::read(EnumAccessDeserializer::new(Variant { name, fields }));
            }
            before.push((key, map.next_value()?));
        }
        Err(A::Error::missing_field(T::TAG))
    }
}

/// Text that is not copied if it need not be.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A variant by its name, with its fields.
struct Variant<'de, A> {
    name: Cow<'de, str>,
    fields: Fields<'de, A>,
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Variant<'de, A> {
    type Error = A::Error;
    type Variant = Fields<'de, A>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), A::Error> {
        Ok((seed.deserialize(self.name.into_deserializer())?, self.fields))
    }
}

/// The fields of a variant: those that came before the tag, then the others.
struct Fields<'de, A> {
    before: vec::IntoIter<(Cow<'de, str>, Value)>,
    /// Of the field that was last taken from `before`.
    value: Option<Value>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some((key, value)) = self.before.next() else { return self.rest.next_key_seed(seed) };
        self.value = Some(value);
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(A::Error::custom),
            None => self.rest.next_value_seed(seed),
        }
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Fields<'de, A> {
    type Error = A::Error;

    /// Whatever a newer version has added to it.
    fn unit_variant(mut self) -> Result<(), A::Error> {
        while self.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        seed.deserialize(MapAccessDeserializer::new(self))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        Err(A::Error::invalid_type(Unexpected::Map, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self)
    }
}
